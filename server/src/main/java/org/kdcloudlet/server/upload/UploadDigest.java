package org.kdcloudlet.server.upload;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.digest.ContentDigest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SHA-256 of an upload, taken while it arrives; where that was not possible from its beginning to its end, its file is read for it.
 * For use by one thread at a time.
 */
final class UploadDigest {
    private static final Logger LOG = LoggerFactory.getLogger(UploadDigest.class);

    private final Path file;
    private final long length;
    private Optional<ContentDigest> running = Optional.empty();
    private long digested;

    /** @param length that was announced, in bytes */
    UploadDigest(Path file, long length) {
        this.file = file;
        this.length = length;
    }

    /** Takes what has arrived at a place of the file. */
    void update(long at, byte[] bytes, int count) {
        try {
            if (at == 0 && running.isEmpty()) {
                running = Optional.of(ContentDigest.of(length));
                digested = 0;
            }
            if (running.isPresent() && digested == at) {
                running.get().update(bytes, count);
                digested += count;
            }
        } catch (IOException e) {
            LOG.warn("upload {} is hashed when it is whole: {}", file.getFileName(), e.toString());
            close();
        }
    }

    /** The digest of the file, lowercase hex, once all has arrived. */
    String finish() throws IOException {
        try {
            return running.isPresent() && digested == length
                    ? running.get().finish()
                    : ContentDigest.of(file, Progress.NONE);
        } finally {
            close();
        }
    }

    /** Ends what hashes; {@link #finish} reads the file then. */
    void close() {
        running.ifPresent(ContentDigest::close);
        running = Optional.empty();
    }
}
