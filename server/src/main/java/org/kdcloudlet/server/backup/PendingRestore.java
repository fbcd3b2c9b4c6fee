package org.kdcloudlet.server.backup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.kdcloudlet.hypervisor.FullDisk;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.storage.DataDirectory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a backup brought, in the folder {@code restore} of the data directory until it is in its place. It is complete and checked once
 * the file {@code ready} is there; the next start then moves it into its place, the database last, and can be killed at any point: the
 * start after it goes on. Without {@code ready} it is removed.
 */
public final class PendingRestore {
    private static final Logger LOG = LoggerFactory.getLogger(PendingRestore.class);
    private static final String READY = "ready";

    private final DataDirectory directory;

    public PendingRestore(DataDirectory directory) {
        this.directory = directory;
    }

    /** An empty folder to unpack into. */
    Path begin() {
        try {
            discard();
            Files.createDirectory(
                    directory.restore(),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            return directory.restore();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** From now on the next start takes it over. */
    void ready() {
        try {
            sync(directory.restore());
            Path unready = directory.restore().resolve(READY + ".new");
            Files.writeString(unready, "");
            sync(unready);
            Files.move(unready, directory.restore().resolve(READY), StandardCopyOption.ATOMIC_MOVE);
            sync(directory.restore());
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** Removes it, the mark first: half of it must not be taken over. */
    void discard() throws IOException {
        Files.deleteIfExists(directory.restore().resolve(READY));
        if (Files.exists(directory.restore())) {
            try (Stream<Path> files = Files.walk(directory.restore())) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /**
     * Takes over what waits, if anything does; to be called by a start before the database is opened.
     *
     * @throws CloudletException STORAGE_UNUSABLE or STORAGE_FULL; the next start goes on then
     */
    public void takeOver() {
        try {
            if (!Files.exists(directory.restore())) {
                return;
            }
            if (!Files.exists(directory.restore().resolve(READY))) {
                LOG.warn("removing a restore that was not finished; restore the backup again");
                discard();
                return;
            }
            Path database = directory.restore().resolve(BackupManifest.DATABASE);
            if (Files.exists(database) && !BackupRepository.isEmpty(directory.database())) {
                LOG.warn("the restore is dropped: this cloudlet has services, apps or instances meanwhile");
                discard();
                return;
            }
            moveAll(database);
            discard();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private void moveAll(Path database) throws IOException {
        for (Path file : files()) {
            String name = file.getFileName().toString();
            if (name.startsWith("image-")) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
                move(file, directory.images().resolve(name.substring("image-".length())));
            } else if (name.startsWith("app-")) {
                move(file, directory.apps().resolve(name.substring("app-".length())));
            }
        }
        sync(directory.images());
        sync(directory.apps());
        if (Files.exists(database)) {
            Path place = directory.database();
            // Of the database that is replaced; beside another one they would be taken for a part of that.
            Files.deleteIfExists(place.resolveSibling(place.getFileName() + "-wal"));
            Files.deleteIfExists(place.resolveSibling(place.getFileName() + "-shm"));
            move(database, place);
            sync(place.getParent());
            LOG.info("a backup was restored into {}", directory.root());
        }
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> entries = Files.list(directory.restore())) {
            return entries.toList();
        }
    }

    static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Removes the files of a folder. */
    static void empty(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path file : entries.toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot empty " + folder, e);
        }
    }

    static CloudletException failure(IOException cause) {
        boolean full = FullDisk.causes(cause);
        return new CloudletException(
                full ? ErrorCode.STORAGE_FULL : ErrorCode.STORAGE_UNUSABLE,
                full ? "The disk is full; free some space." : "The data directory does not work: " + cause.getMessage(),
                cause);
    }
}
