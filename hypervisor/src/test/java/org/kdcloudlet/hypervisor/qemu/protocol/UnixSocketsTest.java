package org.kdcloudlet.hypervisor.qemu.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

class UnixSocketsTest {
    private static final Duration INTERVAL = Duration.ofMillis(1);
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    @Test
    void theExpectedListenerIsConnectedTo() throws IOException {
        try (ServerSocketChannel server = listen();
                SocketChannel channel = UnixSockets.connect(
                        folder.resolve("socket"), TestListeners.OURS, INTERVAL, Deadline.in(DEADLINE));
                SocketChannel accepted = server.accept()) {
            assertThat(channel.isConnected()).isTrue();
            assertThat(accepted.isConnected()).isTrue();
        }
    }

    /** As behind a link that a captured QEMU put in place of its own socket. */
    @Test
    void aSocketOfAnotherUserIsLeftAloneWithoutAByteSent() throws IOException {
        UnixSockets.Listener other =
                new UnixSockets.Listener(() -> true, () -> OptionalInt.of(TestListeners.ownUser() + 1));
        try (ServerSocketChannel server = listen()) {
            Path link = Files.createSymbolicLink(folder.resolve("qmp"), folder.resolve("socket"));
            HypervisorException refused = catchThrowableOfType(
                    HypervisorException.class, () -> UnixSockets.connect(link, other, INTERVAL, Deadline.in(DEADLINE)));
            assertThat(refused.error()).isEqualTo(HypervisorError.FAILED);
            assertThat(refused).hasMessageContaining("it was left alone");
            try (SocketChannel accepted = server.accept()) {
                assertThat(accepted.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            }
        }
    }

    private ServerSocketChannel listen() throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(folder.resolve("socket")));
        return server;
    }
}
