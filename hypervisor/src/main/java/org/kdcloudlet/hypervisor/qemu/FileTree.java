package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Arrays;
import java.util.Set;
import java.util.function.LongConsumer;

/** What this package does with files: durable writes, tails, sparse copies, removal. Symbolic links are never followed. */
final class FileTree {
    private static final int CHUNK = 1 << 20;
    private static final int HOLE = 64 << 10;
    private static final int MAX_DEPTH = 32;

    private FileTree() {}

    /** Permissions from their usual notation, e.g. {@code rwx--x--x}. */
    static Set<PosixFilePermission> mode(String mode) {
        return PosixFilePermissions.fromString(mode);
    }

    /** Makes a folder with exactly these permissions, whatever the process's mask. */
    static void createFolder(Path folder, String mode) throws IOException {
        Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(mode("rwx------")));
        Files.setPosixFilePermissions(folder, mode(mode));
    }

    /** Replaces a file by one with this content such that a reader sees the old or the new one, never a part. */
    static void replace(Path file, byte[] content) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.deleteIfExists(next);
        Files.createFile(next, PosixFilePermissions.asFileAttribute(mode("rw-------")));
        Files.write(next, content);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Like {@link #replace}, and the result survives a power failure. */
    static void replaceDurably(Path file, byte[] content) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.deleteIfExists(next);
        Files.createFile(next, PosixFilePermissions.asFileAttribute(mode("rw-------")));
        Files.write(next, content, StandardOpenOption.DSYNC);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        sync(file.getParent());
    }

    /** Has the system write a file's or folder's content to the disk. */
    static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            channel.force(true);
        }
    }

    /** The last bytes of a file as text; empty if there is none. */
    static String tail(Path file, int maxBytes) throws IOException {
        return tail(file, maxBytes, StandardCharsets.UTF_8);
    }

    static String tail(Path file, int maxBytes, Charset charset) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return "";
        }
        try (SeekableByteChannel channel =
                Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            ByteBuffer bytes = ByteBuffer.allocate(maxBytes);
            channel.position(Math.max(0, channel.size() - maxBytes));
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                // until the end of the file
            }
            return new String(bytes.array(), 0, bytes.position(), charset);
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    /** Copies a file and leaves holes where it has nothing but zeros. */
    static void copySparsely(Path source, Path target) throws IOException {
        copySparsely(source, target, copied -> {});
    }

    /** The same, and tells how many bytes were copied so far. */
    static void copySparsely(Path source, Path target, LongConsumer copied) throws IOException {
        try (FileChannel in = FileChannel.open(source, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
                FileChannel out = FileChannel.open(target, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
            long position = 0;
            while (in.read(chunk.clear(), position) > 0) {
                chunk.flip();
                int length = chunk.remaining();
                writeNonZero(out, chunk, position);
                position += length;
                copied.accept(position);
            }
            if (position > 0 && out.size() < position) {
                out.write(ByteBuffer.allocate(1), position - 1);
            }
        }
    }

    private static void writeNonZero(FileChannel out, ByteBuffer chunk, long position) throws IOException {
        byte[] zeros = new byte[HOLE];
        byte[] part = new byte[HOLE];
        long at = position;
        while (chunk.hasRemaining()) {
            int length = Math.min(HOLE, chunk.remaining());
            chunk.get(part, 0, length);
            if (!Arrays.equals(part, 0, length, zeros, 0, length)) {
                ByteBuffer bytes = ByteBuffer.wrap(part, 0, length);
                for (long next = at; bytes.hasRemaining(); ) {
                    next += out.write(bytes, next);
                }
            }
            at += length;
        }
    }

    /** Length of all files in a folder together, those with several names left out. Holes count: Java cannot see them. */
    static long ownBytes(Path folder) throws IOException {
        long[] total = {0};
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                try {
                    if ((Integer) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS) == 1) {
                        total[0] += attributes.size();
                    }
                } catch (NoSuchFileException e) {
                    return FileVisitResult.CONTINUE; // it has just been removed, or renamed as logs are
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                return FileVisitResult.CONTINUE;
            }
        });
        return total[0];
    }

    /**
     * Removes a file, or a folder and all that is in it; does nothing if it is gone. The names above it have to be the server's; below
     * it a user who lost its machine may still hold folders open, so every folder is opened by its name in the one above, without
     * following links, and taken from its owner before its content is looked at. Nothing outside is touched, whatever is renamed
     * meanwhile.
     *
     * @throws IOException if folders are nested deeper than {@value #MAX_DEPTH}, which nobody but an attacker makes
     */
    static void remove(Path path) throws IOException {
        Path absolute = path.toAbsolutePath();
        try (DirectoryStream<Path> above = Files.newDirectoryStream(absolute.getParent())) {
            UserPrincipal self = Files.getOwner(Path.of("/proc/self"));
            remove((SecureDirectoryStream<Path>) above, absolute.getFileName(), self, 0);
        } catch (NoSuchFileException e) {
            return; // the folder above it is gone
        } catch (FileSystemException e) {
            throw new IOException("Could not remove " + path + ": " + e.getReason(), e);
        }
    }

    private static void remove(SecureDirectoryStream<Path> above, Path name, UserPrincipal self, int depth)
            throws IOException {
        try {
            if (isFolder(above, name)) {
                empty(above, name, self, depth);
                above.deleteDirectory(name);
            } else {
                above.deleteFile(name);
            }
        } catch (NoSuchFileException e) {
            return; // it is gone, or never was
        }
    }

    private static void empty(SecureDirectoryStream<Path> above, Path name, UserPrincipal self, int depth)
            throws IOException {
        if (depth > MAX_DEPTH) {
            throw new IOException("Folders are nested deeper than " + MAX_DEPTH + " below one that is to be removed");
        }
        try (SecureDirectoryStream<Path> folder = above.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
            PosixFileAttributeView view = folder.getFileAttributeView(PosixFileAttributeView.class);
            view.setOwner(self);
            view.setPermissions(mode("rwx------"));
            for (Path child : folder) {
                remove(folder, child.getFileName(), self, depth + 1);
            }
        }
    }

    private static boolean isFolder(SecureDirectoryStream<Path> above, Path name) throws IOException {
        return above.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes()
                .isDirectory();
    }
}
