package org.kdcloudlet.speech.client;

import java.io.IOException;
import java.nio.file.Path;

/** What recognizes a file: a service, or this machine. */
interface Engine extends AutoCloseable {
    /** The words, or why there are none. */
    Reply recognize(Path wav) throws IOException;

    @Override
    void close() throws IOException;
}
