package org.kdcloudlet.server.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.kdcloudlet.hypervisor.FullDisk;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.error.FileProblem;

/**
 * The folder with everything that a server keeps, held by one server at a time: a lock that ends with the process keeps
 * others out. It can be passed through but not listed by others, since machines run under another user id; what is secret
 * in it has tighter rights of its own.
 */
public final class DataDirectory implements AutoCloseable {
    private final Path root;
    private final FileChannel lockFile;

    private DataDirectory(Path root, FileChannel lockFile) {
        this.root = root;
        this.lockFile = lockFile;
    }

    /**
     * Makes the folder where there is none, and holds it.
     *
     * @throws CloudletException STORAGE_UNUSABLE when it cannot be written or another server has it; STORAGE_FULL
     */
    public static DataDirectory open(Path folder) {
        Path root = folder.toAbsolutePath().normalize();
        try {
            makeFolder(root, "rwx--x--x");
            FileChannel lockFile = hold(root);
            DataDirectory directory = new DataDirectory(root, lockFile);
            makeFolder(directory.images(), "rwx--x--x");
            makeFolder(directory.machines(), "rwx--x--x");
            makeFolder(directory.apps(), "rwx------");
            makeFolder(directory.uploads(), "rwx------");
            makeFolder(directory.resumableUploads(), "rwx------");
            makeFolder(directory.backups(), "rwx------");
            makeFolder(directory.templateKeys(), "rwx------");
            makeFolder(directory.database().getParent(), "rwx------");
            return directory;
        } catch (IOException e) {
            throw unusable(root, e);
        }
    }

    private static void makeFolder(Path folder, String rights) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder);
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(rights));
        }
    }

    private static FileChannel hold(Path root) throws IOException {
        Path path = root.resolve("server.pid");
        FileChannel channel =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (!lock(channel)) {
                String holder = Files.readString(path).trim();
                throw new CloudletException(
                        ErrorCode.STORAGE_UNUSABLE,
                        "Another server (process " + holder + ") uses the data directory " + root
                                + "; stop it or choose another with --data",
                        Map.of("pid", holder));
            }
            byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(pid), 0);
            return channel;
        } catch (IOException | CloudletException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException heldByThisProcess) {
            return false;
        }
    }

    private static CloudletException unusable(Path root, IOException cause) {
        if (FullDisk.causes(cause)) {
            return new CloudletException(
                    ErrorCode.STORAGE_FULL, "No space left in the data directory " + root + "; free some", cause);
        }
        return new CloudletException(
                ErrorCode.STORAGE_UNUSABLE,
                "The data directory " + root + " cannot be written: " + reason(cause)
                        + "; make it writable, or choose another with --data",
                cause);
    }

    private static String reason(IOException cause) {
        if (cause instanceof FileAlreadyExistsException exists) {
            return exists.getFile() + " is not a folder";
        }
        return FileProblem.words(cause);
    }

    public Path root() {
        return root;
    }

    /** Imported disk images, by content. */
    public Path images() {
        return root.resolve("images");
    }

    /** For the hypervisor: machines and templates. */
    public Path machines() {
        return root.resolve("machines");
    }

    /** Packages of the app store, by content. */
    public Path apps() {
        return root.resolve("apps");
    }

    /** Uploads under way; emptied at start. */
    public Path uploads() {
        return root.resolve("uploads");
    }

    /** Uploads that are gone on with after a restart. */
    public Path resumableUploads() {
        return root.resolve("resumable-uploads");
    }

    /** The latest backup, until it was fetched; emptied at start. */
    public Path backups() {
        return root.resolve("backups");
    }

    /** The keys by which templates that were exported are known again; secret, and in no backup. */
    public Path templateKeys() {
        return root.resolve("template-keys");
    }

    /** What a restored backup brings, until it is in its place; there while one waits. */
    public Path restore() {
        return root.resolve("restore");
    }

    /** The database file. */
    public Path database() {
        return root.resolve("database").resolve("cloudlet.sqlite");
    }

    /** Lets another server have it. */
    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException e) {
            throw new CloudletException(ErrorCode.STORAGE_UNUSABLE, "Cannot let go of " + root, e);
        }
    }
}
