package org.kdcloudlet.benchmark.floor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A conversation in lines over a Unix socket: the JSON of QMP, or the plain text of the identity port. */
final class JsonSocket implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long CONNECT_DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final SocketChannel channel;
    private final BufferedReader lines;

    private JsonSocket(SocketChannel channel) {
        this.channel = channel;
        this.lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
    }

    /** Connects as soon as somebody listens there; throws after 30 s. */
    static JsonSocket connect(Path socket) throws IOException {
        long deadline = System.nanoTime() + CONNECT_DEADLINE_NANOS;
        while (true) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                return new JsonSocket(channel);
            } catch (IOException notYet) {
                channel.close();
                if (System.nanoTime() > deadline) {
                    throw notYet;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }
    }

    /** Sends a command with arguments in JSON and returns its answer; lines in between are passed over. */
    JsonNode command(String name, String arguments) throws IOException {
        ObjectNode message = JSON.createObjectNode().put("execute", name);
        message.set("arguments", JSON.readTree(arguments));
        write(message + "\n");
        while (true) {
            JsonNode answer = next();
            if (answer.has("return")) {
                return answer.get("return");
            }
            if (answer.has("error")) {
                throw new IOException(name + ": " + answer.get("error"));
            }
        }
    }

    JsonNode command(String name) throws IOException {
        return command(name, "{}");
    }

    /** Sends a text and returns the next line. */
    String ask(String text) throws IOException {
        write(text);
        return nextLine();
    }

    /** Waits for a MIGRATION event that says {@code completed}. */
    void awaitMigration() throws IOException {
        while (true) {
            JsonNode message = next();
            if ("MIGRATION".equals(message.path("event").asText())) {
                String status = message.path("data").path("status").asText();
                if (status.equals("completed")) {
                    return;
                }
                if (status.equals("failed")) {
                    throw new IOException("migration failed");
                }
            }
        }
    }

    private JsonNode next() throws IOException {
        return JSON.readTree(nextLine());
    }

    private String nextLine() throws IOException {
        String line = lines.readLine();
        if (line == null) {
            throw new EOFException("the other side closed the socket");
        }
        return line;
    }

    private void write(String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
