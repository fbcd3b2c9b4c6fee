package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;
import org.kdcloudlet.hypervisor.qemu.protocol.UnixSockets;

/**
 * The folder of the hypervisor: {@code vm/} has one folder for each machine, {@code template/} one for each template. One
 * process at a time has it.
 */
final class HypervisorFolder implements AutoCloseable {
    private static final int NAME_LENGTH = 12;
    private static final long DISK_RESERVE = 32L << 20;

    private final Path path;
    private final FileChannel lock;

    private HypervisorFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Makes the folder if it is not there, and takes it.
     *
     * @param othersMayPass whether users of machines have to reach files below
     * @throws HypervisorException if another process has it, its path is too long for sockets below, or it cannot be written
     */
    static HypervisorFolder open(Path folder, boolean othersMayPass) {
        Path path = folder.toAbsolutePath().normalize();
        requireShort(path);
        String mode = othersMayPass ? "rwx--x--x" : "rwx------";
        try (Reverter undo = new Reverter()) {
            for (Path part : List.of(path, path.resolve("vm"), path.resolve("template"))) {
                if (!Files.isDirectory(part)) {
                    Files.createDirectories(part.getParent());
                    FileTree.createFolder(part, mode);
                }
                Files.setPosixFilePermissions(part, FileTree.mode(mode));
            }
            FileChannel lock =
                    FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            undo.add("close lock of " + path, lock::close);
            takeLock(lock, path);
            undo.commit();
            return new HypervisorFolder(path.toRealPath(), lock);
        } catch (IOException e) {
            throw Failures.of("Could not open the hypervisor's folder " + path, e);
        }
    }

    private static void requireShort(Path path) {
        int longest = path.toString().getBytes(StandardCharsets.UTF_8).length
                + "/vm/".length()
                + NAME_LENGTH
                + MachineFolder.LONGEST_SOCKET;
        if (longest > UnixSockets.MAX_PATH_BYTES) {
            throw new HypervisorException(
                    HypervisorError.FAILED,
                    "The path of the data folder is too long by " + (longest - UnixSockets.MAX_PATH_BYTES)
                            + " bytes for the sockets below it; choose a shorter one: " + path);
        }
    }

    private static void takeLock(FileChannel channel, Path path) throws IOException {
        FileLock taken;
        try {
            taken = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            throw inUse(path);
        }
        if (taken == null) {
            throw inUse(path);
        }
    }

    private static HypervisorException inUse(Path path) {
        return new HypervisorException(
                HypervisorError.WRONG_STATE,
                "Another server uses the folder " + path + "; stop it or choose another folder");
    }

    Path path() {
        return path;
    }

    Path templates() {
        return path.resolve("template");
    }

    /** Has the folders of all machines. */
    Path vm() {
        return path.resolve("vm");
    }

    MachineFolder machine(UUID id) {
        return new MachineFolder(vm().resolve(id.toString().replace("-", "").substring(0, NAME_LENGTH)));
    }

    /** The folders of all machines, finished or not. */
    List<MachineFolder> machines() {
        List<MachineFolder> machines = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(vm())) {
            folders.forEach(folder -> machines.add(new MachineFolder(folder)));
            return machines;
        } catch (IOException e) {
            throw Failures.of("Could not list the machines", e);
        }
    }

    /**
     * Checks that there is room to start a machine: without any, it would be stopped at its first write.
     *
     * @throws HypervisorException {@link HypervisorError#NO_SPACE} with the figures
     */
    void requireSpace() {
        requireSpace(0, "a machine");
    }

    /**
     * Checks that there is room for all memory of a machine. A QEMU whose memory file finds the disk full dies in the middle of
     * things, so this is checked before.
     *
     * @param what needs the room, as the beginning of a sentence
     * @throws HypervisorException {@link HypervisorError#NO_SPACE} with the figures
     */
    void requireSpaceForMemory(MachineSpec spec, String what) {
        requireSpace((long) spec.memoryMib() << 20, what);
    }

    /**
     * Checks that there is room for something, and some more.
     *
     * @param needed in bytes
     * @param what needs the room, as the beginning of a sentence
     * @throws HypervisorException {@link HypervisorError#NO_SPACE} with the figures
     */
    void requireSpace(long needed, String what) {
        long free = freeBytes();
        if (free < needed + DISK_RESERVE) {
            throw new HypervisorException(
                    HypervisorError.NO_SPACE,
                    "The disk is full: " + what + " may need " + ((needed + DISK_RESERVE) >> 20) + " MiB, and "
                            + (free >> 20) + " MiB are free; free some space and try again");
        }
    }

    private long freeBytes() {
        try {
            return Files.getFileStore(path).getUsableSpace();
        } catch (IOException e) {
            throw Failures.of("Could not ask for the free space of " + path, e);
        }
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw Failures.of("Could not give back the folder " + path, e);
        }
    }
}
