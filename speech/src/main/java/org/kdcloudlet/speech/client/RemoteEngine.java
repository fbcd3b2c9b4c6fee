package org.kdcloudlet.speech.client;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** Recognizes at a service. A service closes the connection after a file that it refuses; then the next one gets another. */
final class RemoteEngine implements Engine {
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    private final String host;
    private final int port;
    private SpeechConnection connection;

    RemoteEngine(String host, int port) throws IOException {
        this.host = host;
        this.port = port;
        this.connection = SpeechConnection.open(host, port, PATIENCE);
    }

    @Override
    public Reply recognize(Path wav) throws IOException {
        Reply reply = Reply.of(connection.recognize(wav));
        if (!reply.recognized()) {
            connection.close();
            connection = SpeechConnection.open(host, port, PATIENCE);
        }
        return reply;
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
