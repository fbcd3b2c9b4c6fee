package org.kdcloudlet.hypervisor.qemu.protocol;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;

/** The other end of a Unix socket, which does what a test says line by line. */
final class ScriptedPeer implements AutoCloseable {
    private final ServerSocketChannel server;
    private final LineSplitter lines = new LineSplitter(1 << 20);
    private final Deque<byte[]> arrived = new ArrayDeque<>();
    private SocketChannel channel;

    /** What the peer does once somebody has connected. */
    @FunctionalInterface
    interface Script {
        void play(ScriptedPeer peer) throws IOException;
    }

    private ScriptedPeer(ServerSocketChannel server) {
        this.server = server;
    }

    static ScriptedPeer listen(Path socket, Script script) throws IOException {
        ScriptedPeer peer = new ScriptedPeer(
                ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket)));
        CompletableFuture.runAsync(() -> {
            try {
                peer.channel = peer.server.accept();
                script.play(peer);
            } catch (IOException e) {
                throw new AssertionError("The script was cut short", e);
            }
        });
        return peer;
    }

    /** Waits for the next line. */
    String read() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        while (arrived.isEmpty()) {
            if (channel.read(buffer.clear()) < 0) {
                throw new IOException("The connection was closed");
            }
            arrived.addAll(lines.take(buffer.flip()));
        }
        return new String(arrived.remove(), StandardCharsets.ISO_8859_1);
    }

    void write(String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    void hangUp() throws IOException {
        channel.close();
    }

    @Override
    public void close() throws IOException {
        server.close();
        if (channel != null) {
            channel.close();
        }
    }
}
