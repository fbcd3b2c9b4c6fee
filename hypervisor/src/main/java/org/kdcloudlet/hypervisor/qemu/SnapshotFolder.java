package org.kdcloudlet.hypervisor.qemu;

import com.fasterxml.jackson.core.JacksonException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineSnapshot;
import org.kdcloudlet.hypervisor.qemu.protocol.Json;

/**
 * The folder of one snapshot, in that of its machine. All of it is the server's alone. A folder without {@code snapshot.json} is of a
 * snapshot that was not finished.
 */
record SnapshotFolder(Path path) {
    private static final int CHUNK = 1 << 20;

    /**
     * What is kept about a snapshot.
     *
     * @param version of this format
     * @param takenAt milliseconds since 1970
     */
    record Content(int version, String name, long takenAt) {
        static final int VERSION = 1;
    }

    /**
     * Makes the folder.
     *
     * @throws HypervisorException {@link HypervisorError#WRONG_STATE} if there is one
     */
    void create() throws IOException {
        if (!Files.isDirectory(path.getParent())) {
            FileTree.createFolder(path.getParent(), "rwx------");
        }
        try {
            FileTree.createFolder(path, "rwx------");
        } catch (FileAlreadyExistsException e) {
            throw new HypervisorException(
                    HypervisorError.WRONG_STATE, "There is a snapshot " + path.getFileName() + " already", e);
        }
    }

    /** Memory and devices. */
    Path state() {
        return path.resolve("state");
    }

    Path disk() {
        return path.resolve(MachineFolder.DISK);
    }

    /** The firmware's variables; there for UEFI machines only. */
    Path variables() {
        return path.resolve(MachineFolder.VARIABLES);
    }

    private Path recordFile() {
        return path.resolve("snapshot.json");
    }

    /** Notes that the snapshot is whole; survives a power failure with all that is in the folder. */
    void finish(Instant taken) throws IOException {
        for (Path file : new Path[] {state(), disk(), variables()}) {
            if (Files.exists(file)) {
                FileTree.sync(file);
            }
        }
        Content content = new Content(Content.VERSION, path.getFileName().toString(), taken.toEpochMilli());
        FileTree.replaceDurably(recordFile(), Json.MAPPER.writeValueAsBytes(content));
        FileTree.sync(path.getParent());
    }

    /** The snapshot, if it is whole and of a version that is known. */
    Optional<MachineSnapshot> read() throws IOException {
        try {
            Content content = Json.MAPPER.readValue(Files.readAllBytes(recordFile()), Content.class);
            return content.version() == Content.VERSION
                    ? Optional.of(new MachineSnapshot(
                            content.name(), Instant.ofEpochMilli(content.takenAt()), FileTree.ownBytes(path)))
                    : Optional.empty();
        } catch (NoSuchFileException | JacksonException e) {
            return Optional.empty();
        }
    }

    boolean isFinished() {
        return Files.exists(recordFile());
    }

    /** Removes everything, the record first. */
    void remove() throws IOException {
        Files.deleteIfExists(recordFile());
        FileTree.remove(path);
    }

    /** Copies a file of the machine to a new one for the server alone, telling how many bytes are done. */
    static void copy(FileChannel in, Path target, LongConsumer copied) throws IOException {
        Set<StandardOpenOption> newFile = Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        try (FileChannel out =
                FileChannel.open(target, newFile, PosixFilePermissions.asFileAttribute(FileTree.mode("rw-------")))) {
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
            long total = 0;
            while (in.read(chunk.clear()) >= 0) {
                total += chunk.flip().remaining();
                while (chunk.hasRemaining()) {
                    out.write(chunk);
                }
                copied.accept(total);
            }
        }
    }
}
