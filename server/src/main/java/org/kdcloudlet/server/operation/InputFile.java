package org.kdcloudlet.server.operation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file that an operation is made from. Whoever lends it is told what came of the operation, once. */
public interface InputFile {
    /** Where it is, until the operation has ended; it is not to be changed. */
    Path path();

    /**
     * Says that the file is not read any more. It must not throw.
     *
     * @param succeeded false when the operation failed or was cancelled
     */
    void ended(boolean succeeded);

    /** A file that stays as it is. */
    static InputFile kept(Path file) {
        return new InputFile() {
            @Override
            public Path path() {
                return file;
            }

            @Override
            public void ended(boolean succeeded) {
                // It is somebody else's.
            }
        };
    }

    /** A file that is removed when the operation ends, however it ends. */
    static InputFile removed(Path file) {
        return new InputFile() {
            private static final Logger LOG = LoggerFactory.getLogger(InputFile.class);

            @Override
            public Path path() {
                return file;
            }

            @Override
            public void ended(boolean succeeded) {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException e) {
                    LOG.warn("cannot remove {}: {}", file, e.toString());
                }
            }
        };
    }

    /** A job that reads the file. It is on record as succeeded, failed or cancelled only after the file was told. */
    default Operations.Job readBy(Operations.Job job) {
        return context -> {
            boolean succeeded = false;
            try {
                job.run(context);
                succeeded = true;
            } finally {
                ended(succeeded);
            }
        };
    }
}
