package org.kdcloudlet.server.app;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The apps that clients can download from this cloudlet. What a change returned from is on disk, and a download that was begun
 * goes on with what it began with. Safe for use by many threads.
 */
public interface Apps {
    /**
     * A package, open for reading; to be closed by whoever asked for it.
     *
     * @param app as it was when the file was opened
     * @param file at its beginning
     */
    record Download(App app, FileChannel file) implements Closeable {
        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    /** All apps, ordered by package name. */
    List<App> list();

    /** The app of this id. Any text may be asked for. */
    Optional<App> find(String id);

    /**
     * @throws org.kdcloudlet.server.error.CloudletException APP_UNKNOWN
     */
    App get(String id);

    /**
     * Publishes a package. The file is taken over, whatever comes of it.
     *
     * @param file on the file system of the data directory
     * @throws org.kdcloudlet.server.error.CloudletException APP_INVALID when it is not an Android package that can be read within
     *     the limits; APP_EXISTS when there is an app of this package name; INVALID_VALUE; STORAGE_FULL
     */
    App add(Path file, AppMetadata metadata);

    /**
     * Says something else of an app.
     *
     * @throws org.kdcloudlet.server.error.CloudletException APP_UNKNOWN, INVALID_VALUE
     */
    App edit(String id, AppMetadata metadata);

    /**
     * Replaces the package of an app. The file is taken over, whatever comes of it.
     *
     * @param older whether a package that is not newer may take its place, too
     * @throws org.kdcloudlet.server.error.CloudletException APP_UNKNOWN; APP_INVALID as for {@link #add}; CONFLICT when the
     *     package has another name, or its version code is not above the present one
     */
    App replace(String id, Path file, boolean older);

    /**
     * Removes an app and its package.
     *
     * @throws org.kdcloudlet.server.error.CloudletException APP_UNKNOWN
     */
    void remove(String id);

    /** The package of an app; empty when there is no such app, or its file is gone. */
    Optional<Download> open(String id);

    /** The picture of an app, PNG or WebP; empty when there is no such app, or it has none that could be read. */
    Optional<byte[]> icon(String id);
}
