package org.kdcloudlet.server.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.kdcloudlet.server.error.FileProblem;

/** A file that is there once it is whole. */
record SavedFile(Path file, Set<PosixFilePermission> rights) {
    static SavedFile ofTheOwner(Path file) {
        return new SavedFile(file, PosixFilePermissions.fromString("rw-------"));
    }

    /** Less what the umask takes away. */
    static SavedFile ofEverybody(Path file) {
        return new SavedFile(file, PosixFilePermissions.fromString("rw-rw-rw-"));
    }

    /**
     * To be asked before something long is done for it.
     *
     * @throws CommandFailedException when it could not be written
     */
    void requirePlace() {
        Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(file.getRoot());
        if (!Files.isDirectory(folder)) {
            throw new CommandFailedException(
                    ExitStatus.FAILED, "Cannot save " + file + ": there is no folder " + folder);
        }
        if (!Files.isWritable(folder)) {
            throw new CommandFailedException(
                    ExitStatus.FAILED, "Cannot save " + file + ": no permission for " + folder);
        }
    }

    /**
     * Writes it.
     *
     * @throws CommandFailedException when it cannot be written; nothing of it is left
     */
    void save(Supplier<InputStream> content) {
        Path unready = file.resolveSibling("." + file.getFileName() + ".part");
        removePart(unready);
        try (InputStream body = content.get()) {
            try (FileChannel channel = FileChannel.open(
                            unready,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            PosixFilePermissions.asFileAttribute(rights));
                    OutputStream out = Channels.newOutputStream(channel)) {
                body.transferTo(out);
                channel.force(true);
            }
            Files.move(unready, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new CommandFailedException(ExitStatus.FAILED, "Cannot save " + file + ": " + FileProblem.words(e));
        } finally {
            removePart(unready);
        }
    }

    private static void removePart(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new CommandFailedException(ExitStatus.FAILED, "Cannot remove " + file + ": " + FileProblem.words(e));
        }
    }
}
