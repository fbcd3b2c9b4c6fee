package org.kdcloudlet.server.storage;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * The files of this host, for a program that is killed after so many changes to them: the next change does not happen, nor does any
 * after it, whatever the program does on its way out.
 */
public final class MortalFileSystem extends FileSystemProvider {
    private final FileSystem system = new Mortal();
    private final FileSystem real;
    private int left;

    /** The program is dead. */
    public static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** @param changes that happen before it is killed */
    private MortalFileSystem(FileSystem real, int changes) {
        this.real = real;
        this.left = changes;
    }

    /** A path by which so many changes can be made. */
    public static Path of(Path path, int changes) {
        return new MortalFileSystem(path.getFileSystem(), changes).wrap(path);
    }

    private void change() {
        if (left-- <= 0) {
            throw new Killed();
        }
    }

    private Path wrap(Path path) {
        return (Path) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Path.class, Wrapped.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("unwrapped")) {
                        return path;
                    }
                    if (method.getName().equals("getFileSystem")) {
                        return system;
                    }
                    Object[] plain = arguments == null
                            ? null
                            : Arrays.stream(arguments)
                                    .map(MortalFileSystem::unwrapped)
                                    .toArray();
                    try {
                        Object result = method.invoke(path, plain);
                        return result instanceof Path found ? wrap(found) : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** What is behind a path of this file system. */
    private interface Wrapped {
        Path unwrapped();
    }

    private static Object unwrapped(Object value) {
        return value instanceof Wrapped wrapped ? wrapped.unwrapped() : value;
    }

    private static Path plain(Path path) {
        return (Path) unwrapped(path);
    }

    private FileSystemProvider below() {
        return real.provider();
    }

    private void changeIfWritten(Set<? extends OpenOption> options) {
        if (options.contains(StandardOpenOption.WRITE) || options.contains(StandardOpenOption.APPEND)) {
            change();
        }
    }

    @Override
    public SeekableByteChannel newByteChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... rights)
            throws IOException {
        changeIfWritten(options);
        return below().newByteChannel(plain(path), options, rights);
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... rights)
            throws IOException {
        changeIfWritten(options);
        return below().newFileChannel(plain(path), options, rights);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path folder, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        DirectoryStream<Path> entries = below().newDirectoryStream(plain(folder), entry -> filter.accept(wrap(entry)));
        return new DirectoryStream<>() {
            @Override
            public Iterator<Path> iterator() {
                Iterator<Path> each = entries.iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return each.hasNext();
                    }

                    @Override
                    public Path next() {
                        return wrap(each.next());
                    }
                };
            }

            @Override
            public void close() throws IOException {
                entries.close();
            }
        };
    }

    @Override
    public void createDirectory(Path folder, FileAttribute<?>... rights) throws IOException {
        change();
        below().createDirectory(plain(folder), rights);
    }

    @Override
    public void delete(Path path) throws IOException {
        change();
        below().delete(plain(path));
    }

    @Override
    public boolean deleteIfExists(Path path) throws IOException {
        change();
        return below().deleteIfExists(plain(path));
    }

    @Override
    public void copy(Path from, Path to, CopyOption... options) throws IOException {
        change();
        below().copy(plain(from), plain(to), options);
    }

    @Override
    public void move(Path from, Path to, CopyOption... options) throws IOException {
        change();
        below().move(plain(from), plain(to), options);
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
        change();
        below().setAttribute(plain(path), attribute, value, options);
    }

    /** Asked for to change something. */
    @Override
    public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
        change();
        return below().getFileAttributeView(plain(path), type, options);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        return below().readAttributes(plain(path), type, options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        return below().readAttributes(plain(path), attributes, options);
    }

    @Override
    public boolean isSameFile(Path one, Path other) throws IOException {
        return below().isSameFile(plain(one), plain(other));
    }

    @Override
    public boolean isHidden(Path path) throws IOException {
        return below().isHidden(plain(path));
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
        return below().getFileStore(plain(path));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        below().checkAccess(plain(path), modes);
    }

    @Override
    public String getScheme() {
        return below().getScheme();
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        return system;
    }

    @Override
    public Path getPath(URI uri) {
        return wrap(below().getPath(uri));
    }

    private final class Mortal extends FileSystem {
        @Override
        public FileSystemProvider provider() {
            return MortalFileSystem.this;
        }

        @Override
        public void close() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public String getSeparator() {
            return real.getSeparator();
        }

        @Override
        public Iterable<Path> getRootDirectories() {
            return real.getRootDirectories();
        }

        @Override
        public Iterable<FileStore> getFileStores() {
            return real.getFileStores();
        }

        @Override
        public Set<String> supportedFileAttributeViews() {
            return real.supportedFileAttributeViews();
        }

        @Override
        public Path getPath(String first, String... more) {
            return wrap(real.getPath(first, more));
        }

        @Override
        public PathMatcher getPathMatcher(String pattern) {
            PathMatcher matcher = real.getPathMatcher(pattern);
            return path -> matcher.matches(plain(path));
        }

        @Override
        public UserPrincipalLookupService getUserPrincipalLookupService() {
            return real.getUserPrincipalLookupService();
        }

        @Override
        public WatchService newWatchService() throws IOException {
            return real.newWatchService();
        }
    }
}
