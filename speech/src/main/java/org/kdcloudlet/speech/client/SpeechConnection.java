package org.kdcloudlet.speech.client;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A connection to a speech recognition service, for one file after the other. Source of the protocol: spec/speech.md. */
public final class SpeechConnection implements AutoCloseable {
    private static final int CONNECT_MILLIS = 10_000;
    private static final int MAX_REPLY = 1024 * 1024;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;

    private SpeechConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
        this.out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 64 * 1024));
    }

    /**
     * Connects within 10 s.
     *
     * @param patience how long an answer may take, from the end of its request
     */
    public static SpeechConnection open(String host, int port, Duration patience) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(Math.toIntExact(patience.toMillis()));
            socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
            return new SpeechConnection(socket);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Has a WAV file recognized.
     *
     * @return what the service says
     * @throws IOException when the connection is lost, the answer takes too long or is none
     */
    public String recognize(Path wav) throws IOException {
        out.writeLong(Files.size(wav));
        Files.copy(wav, out);
        out.flush();
        return reply();
    }

    /** Has a WAV file recognized that is in memory; as {@link #recognize(Path)}. */
    public String recognize(byte[] wav) throws IOException {
        out.writeLong(wav.length);
        out.write(wav);
        out.flush();
        return reply();
    }

    private String reply() throws IOException {
        int length = in.readInt();
        if (length < 0 || length > MAX_REPLY) {
            throw new IOException("this is no answer of a speech recognition service");
        }
        byte[] text = in.readNBytes(length);
        if (text.length < length) {
            throw new IOException("the service closed the connection within its answer");
        }
        return new String(text, java.nio.charset.StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
