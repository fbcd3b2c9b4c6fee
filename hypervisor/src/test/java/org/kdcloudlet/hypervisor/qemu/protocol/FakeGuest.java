package org.kdcloudlet.hypervisor.qemu.protocol;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Scanner;

/** The guest's end of a port, played by a test. */
public final class FakeGuest implements AutoCloseable {
    private final SocketChannel host;
    private final SocketChannel guest;
    private final Scanner requests;

    public FakeGuest(Path socket) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            this.host = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            this.guest = server.accept();
        }
        this.requests = new Scanner(Channels.newReader(guest, StandardCharsets.US_ASCII));
    }

    /** The host's end. */
    public SocketChannel host() {
        return host;
    }

    /** Writes this as it is. */
    public void says(String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
            guest.write(bytes);
        }
    }

    /** What arrives in one read. */
    public String reads() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(2048);
        guest.read(bytes);
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
    }

    /** The next line. */
    public String hears() {
        return requests.nextLine();
    }

    @Override
    public void close() throws IOException {
        host.close();
        guest.close();
    }
}
