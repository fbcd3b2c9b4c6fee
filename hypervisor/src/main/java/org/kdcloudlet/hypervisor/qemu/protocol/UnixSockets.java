package org.kdcloudlet.hypervisor.qemu.protocol;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/** Connects to the Unix sockets that QEMU listens on. */
public final class UnixSockets {
    /** Longest path that fits a socket address, without its final zero byte. */
    public static final int MAX_PATH_BYTES = 107;

    private UnixSockets() {}

    /**
     * Connects as soon as somebody listens.
     *
     * @param alive whether the listener can still be expected
     * @throws HypervisorException {@link HypervisorError#MACHINE_FAILED} when it is not alive, {@link HypervisorError#TIMEOUT} after the deadline
     */
    public static SocketChannel connect(Path socket, BooleanSupplier alive, Duration interval, Deadline deadline) {
        AtomicReference<SocketChannel> channel = new AtomicReference<>();
        boolean done = deadline.await(interval, () -> {
            tryConnect(socket).ifPresent(channel::set);
            return channel.get() != null || !alive.getAsBoolean();
        });
        if (channel.get() != null) {
            return channel.get();
        }
        throw done
                ? new HypervisorException(HypervisorError.MACHINE_FAILED, "QEMU ended before it listened")
                : new HypervisorException(HypervisorError.TIMEOUT, "QEMU did not listen in time");
    }

    /** Connects if somebody listens. Symbolic links are not followed: the folder may belong to a QEMU that a guest took over. */
    public static Optional<SocketChannel> tryConnect(Path socket) {
        if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS) || Files.isSymbolicLink(socket)) {
            return Optional.empty();
        }
        try {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                return Optional.of(channel);
            } catch (IOException e) {
                channel.close();
                return Optional.empty();
            }
        } catch (IOException e) {
            throw Failures.of("Could not open a socket", e);
        }
    }
}
