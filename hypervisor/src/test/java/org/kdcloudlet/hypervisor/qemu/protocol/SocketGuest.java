package org.kdcloudlet.hypervisor.qemu.protocol;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The other end of a channel: a guest, or a QEMU, that does what a test says. Its thread ends with the channel. */
final class SocketGuest implements AutoCloseable {
    private final ServerSocketChannel server;

    /** What it does with its end. */
    interface Behaviour {
        void talk(SocketChannel channel) throws IOException;
    }

    SocketGuest(Path socket, Behaviour behaviour) throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread thread = new Thread(() -> serve(behaviour), "socket-guest");
        thread.setDaemon(true);
        thread.start();
    }

    private void serve(Behaviour behaviour) {
        try (SocketChannel channel = server.accept()) {
            behaviour.talk(channel);
        } catch (IOException closed) {
            // the test closed its end
        }
    }

    SocketChannel connect() throws IOException {
        return SocketChannel.open(server.getLocalAddress());
    }

    static void say(SocketChannel channel, String words) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(words.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Says something again and again until nobody listens. */
    static void flood(SocketChannel channel, String words) throws IOException {
        String many = words.repeat(1000);
        while (channel.isOpen()) {
            say(channel, many);
        }
    }

    static void awaitWords(SocketChannel channel) throws IOException {
        channel.read(ByteBuffer.allocate(4096));
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
