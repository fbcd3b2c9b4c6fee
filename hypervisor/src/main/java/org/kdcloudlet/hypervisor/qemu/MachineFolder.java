package org.kdcloudlet.hypervisor.qemu;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineSnapshot;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;
import org.kdcloudlet.hypervisor.qemu.protocol.Json;

/**
 * The folder of one machine. What lies directly in it belongs to the server; its subfolder {@code run} belongs to QEMU's user, is
 * QEMU's working directory and has its sockets and its overlay. A folder without {@code machine.json} is of a machine that was not
 * finished or is ending, and is removed by the next start.
 *
 * @param path e.g. {@code <hypervisor's folder>/vm/0123456789ab}
 */
record MachineFolder(Path path) {
    /** Longest file name below a machine's folder that is a socket, with its slashes. */
    static final int LONGEST_SOCKET = "/run/identity".length();

    static final String DISK = "disk.qcow2";
    static final String BASE = "base.qcow2";
    static final String IMAGE = "image";
    static final String CDROM = "cdrom";
    static final String MEMORY = "mem";
    static final String VARIABLES = "vars.fd";
    static final String QMP = "qmp";
    static final String AGENT = "agent";
    static final String IDENTITY = "identity";
    static final String CONSOLE = "console";
    static final String SCREEN = "vnc";
    static final String SAVE = "save";
    static final String SCREENSHOT = "screen.png";

    private static final int LOG_BYTES = 16 << 10;
    private static final int CONSOLE_BYTES = 47 << 10;

    /** Makes the folder. All of it is the server's until {@link #handOver}, so that nobody can exchange what it puts there. */
    void create(Optional<UnprivilegedUser> user) throws IOException {
        FileTree.createFolder(path, "rwx------");
        MachineAccounts.letPass(path, user);
        FileTree.createFolder(run(), "rwx------");
    }

    /** Gives {@code run} to QEMU's user. From now on the server writes nothing there and believes nothing that is there. */
    void handOver(Optional<UnprivilegedUser> user) throws IOException {
        MachineAccounts.give(run(), user);
    }

    Path run() {
        return path.resolve("run");
    }

    /** A file in {@code run}. */
    Path run(String name) {
        return run().resolve(name);
    }

    /** A second name of the image of a machine that may become a template; QEMU cannot exchange this one. */
    Path imageToKeep() {
        return path.resolve(IMAGE);
    }

    /** What is in the CD-ROM drive; beside {@code run}, so that QEMU cannot exchange it. */
    Path cdrom() {
        return path.resolve(CDROM);
    }

    /** What QEMU writes to its standard outputs. */
    Path processLog() {
        return path.resolve("qemu.log");
    }

    /** What the guest writes to its serial port; its older part is beside it. */
    Path consoleLog() {
        return path.resolve("console.log");
    }

    Path olderConsoleLog() {
        return path.resolve("console.old.log");
    }

    /** Memory and devices of a suspended machine. */
    Path savedState() {
        return path.resolve("state");
    }

    /** The folder of the snapshot of this name, there or not. */
    SnapshotFolder snapshot(String name) {
        if (!MachineSnapshot.isName(name)) {
            throw new HypervisorException(HypervisorError.WRONG_STATE, "No snapshot can have such a name");
        }
        return new SnapshotFolder(snapshotsFolder().resolve(name));
    }

    /** The folders of all snapshots, finished or not. */
    List<SnapshotFolder> snapshots() throws IOException {
        List<SnapshotFolder> snapshots = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(snapshotsFolder())) {
            folders.forEach(folder -> snapshots.add(new SnapshotFolder(folder)));
        } catch (NoSuchFileException none) {
            return List.of();
        }
        return snapshots;
    }

    /** Removes snapshots that were not finished; none must be under way. */
    void removeUnfinishedSnapshots() throws IOException {
        for (SnapshotFolder snapshot : snapshots()) {
            if (!snapshot.isFinished()) {
                snapshot.remove();
            }
        }
    }

    private Path snapshotsFolder() {
        return path.resolve("snapshot");
    }

    private Path recordFile() {
        return path.resolve("machine.json");
    }

    /** Notes down the machine; from now on it is found after a restart. */
    void write(MachineRecord record) {
        try {
            FileTree.replace(recordFile(), json(record));
        } catch (IOException e) {
            throw Failures.of("Could not note down machine " + record.request().id(), e);
        }
    }

    /** Like {@link #write}, and survives a power failure. */
    void writeDurably(MachineRecord record) {
        try {
            FileTree.replaceDurably(recordFile(), json(record));
        } catch (IOException e) {
            throw Failures.of("Could not note down machine " + record.request().id(), e);
        }
    }

    /** From now on the machine is not found after a restart but removed. */
    void forget() throws IOException {
        Files.deleteIfExists(recordFile());
    }

    /**
     * Reads what was noted down.
     *
     * @return empty if the machine was not finished or what is there is no record, e.g. after a power failure
     * @throws IOException if it is of a version that is not known, or cannot be read
     */
    Optional<MachineRecord> read() throws IOException {
        byte[] content;
        try {
            content = Files.readAllBytes(recordFile());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        try {
            int version = Json.MAPPER.readTree(content).path("version").asInt(MachineRecord.VERSION);
            if (version != MachineRecord.VERSION) {
                throw new IOException(recordFile() + " is of version " + version + ", which this server does not know");
            }
            return Optional.of(Json.MAPPER.readValue(content, MachineRecord.class));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /** The last of what the process and the console wrote, at most 64 KiB. */
    String logTail() {
        try {
            String console = FileTree.tail(consoleLog(), CONSOLE_BYTES);
            int left = CONSOLE_BYTES - console.length();
            String older = left > 0 ? FileTree.tail(olderConsoleLog(), left) : "";
            return FileTree.tail(processLog(), LOG_BYTES) + older + console;
        } catch (IOException e) {
            return "The log could not be read: " + e.getMessage();
        }
    }

    /** The last whole lines of what the guest wrote to its serial port, and what it began of another one. */
    byte[] consoleTail(int maxBytes) {
        String tail;
        try {
            String newest = FileTree.tail(consoleLog(), maxBytes, StandardCharsets.ISO_8859_1);
            String older = FileTree.tail(olderConsoleLog(), maxBytes - newest.length(), StandardCharsets.ISO_8859_1);
            tail = older + newest;
        } catch (IOException e) {
            tail = "The log could not be read: " + e.getMessage() + "\r\n";
        }
        int whole = tail.length() < maxBytes ? 0 : tail.indexOf('\n') + 1;
        return tail.substring(whole).getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * Opens a file that QEMU made, if it is a plain file: links and pipes that a captured QEMU might have planted are refused. It is
     * looked at by a second name outside of {@code run}, because a pipe put in place after the look would stop whoever opens it.
     */
    FileChannel openMadeByQemu(String name) throws IOException {
        Path file = path.resolve("opened-" + name);
        Files.deleteIfExists(file);
        Files.createLink(file, run(name));
        try {
            requirePlainFile(file);
            return FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        } finally {
            Files.delete(file);
        }
    }

    /** The user that {@code run} was given to; empty if it is the server's. */
    Optional<UnprivilegedUser> user() throws IOException {
        int uid = (Integer) Files.getAttribute(run(), "unix:uid", LinkOption.NOFOLLOW_LINKS);
        int self = (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        return uid == self ? Optional.empty() : Optional.of(new UnprivilegedUser(uid, uid));
    }

    /** Takes {@code run} away from QEMU's user, so that nobody can exchange what is in it. To be called when QEMU is gone. */
    void takeBack() throws IOException {
        if (Files.isDirectory(run(), LinkOption.NOFOLLOW_LINKS)) {
            int self = (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(run(), "unix:uid", self, LinkOption.NOFOLLOW_LINKS);
        }
    }

    /** Makes sure that a file of {@code run} is one that can be kept: plain and without another name. */
    void requireUnshared(String name) throws IOException {
        requirePlainFile(run(name));
        if ((Integer) Files.getAttribute(run(name), "unix:nlink", LinkOption.NOFOLLOW_LINKS) != 1) {
            throw new IOException(run(name) + " has a second name");
        }
    }

    /** Listens on a socket beside {@code run} that QEMU may connect to, but not exchange. */
    ServerSocketChannel listen(String name, Optional<UnprivilegedUser> user) throws IOException {
        Path socket = path.resolve(name);
        Files.deleteIfExists(socket);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(socket));
            MachineAccounts.give(socket, user);
            return server;
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    /** Removes everything, the record first. */
    void remove() throws IOException {
        forget();
        takeBack();
        FileTree.remove(path);
    }

    private static void requirePlainFile(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(file + " is not a plain file");
        }
    }

    private static byte[] json(MachineRecord record) {
        try {
            return Json.MAPPER.writeValueAsBytes(record);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A machine record cannot be written", e);
        }
    }
}
