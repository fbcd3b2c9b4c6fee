package org.kdcloudlet.hypervisor.qemu.protocol;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import jdk.net.ExtendedSocketOptions;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/** Connects to the Unix sockets that QEMU listens on. */
public final class UnixSockets {
    /** Longest path that fits a socket address, without its final zero byte. */
    public static final int MAX_PATH_BYTES = 107;

    private UnixSockets() {}

    /**
     * Who has to listen.
     *
     * @param alive whether the listener can still be expected
     * @param user the numeric user it runs as; empty when it ended
     */
    public record Listener(BooleanSupplier alive, Supplier<OptionalInt> user) {}

    /**
     * Connects as soon as somebody listens.
     *
     * @throws HypervisorException {@link HypervisorError#MACHINE_FAILED} when the listener is not alive, {@link HypervisorError#TIMEOUT}
     *     after the deadline, {@link HypervisorError#FAILED} when somebody else listens
     */
    public static SocketChannel connect(Path socket, Listener listener, Duration interval, Deadline deadline) {
        AtomicReference<SocketChannel> channel = new AtomicReference<>();
        boolean done = deadline.await(interval, () -> {
            tryConnect(socket, listener).ifPresent(channel::set);
            return channel.get() != null || !listener.alive().getAsBoolean();
        });
        if (channel.get() != null) {
            return channel.get();
        }
        throw done
                ? new HypervisorException(HypervisorError.MACHINE_FAILED, "QEMU ended before it listened")
                : new HypervisorException(HypervisorError.TIMEOUT, "QEMU did not listen in time");
    }

    /** Connects if somebody listens. */
    private static Optional<SocketChannel> tryConnect(Path socket, Listener listener) {
        if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
            } catch (IOException e) {
                channel.close();
                return Optional.empty();
            }
            requireUser(socket, channel, listener);
            return Optional.of(channel);
        } catch (IOException e) {
            throw Failures.of("Could not open a socket", e);
        }
    }

    /**
     * The folder may belong to a QEMU that a guest took over, which can put there a link to somebody else's socket at any moment. Whom
     * a connection has reached is for the kernel to say: unix(7), SO_PEERCRED.
     */
    private static void requireUser(Path socket, SocketChannel channel, Listener listener) throws IOException {
        OptionalInt wanted = listener.user().get();
        if (wanted.isEmpty()) {
            return; // it ended, which its connection tells
        }
        UserPrincipal reached =
                channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
        if (!reached.equals(FileSystems.getDefault()
                .getUserPrincipalLookupService()
                .lookupPrincipalByName(Integer.toString(wanted.getAsInt())))) {
            channel.close();
            throw new HypervisorException(
                    HypervisorError.FAILED,
                    "Not QEMU but user " + reached.getName() + " listens on " + socket + "; it was left alone");
        }
    }
}
