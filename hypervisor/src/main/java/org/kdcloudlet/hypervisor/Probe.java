package org.kdcloudlet.hypervisor;

import java.util.List;
import java.util.Objects;

/** One way to ask a service inside a guest whether it answers, through a forwarded port. */
public sealed interface Probe {
    /** Bytes that an {@link Exchange} may send: what fits into a datagram. */
    int MAX_SENT = 65_507;

    /** The guest's port that is asked; it must be one of the machine's forwarded ports. */
    GuestPort port();

    /** Succeeds when the guest itself accepted a TCP connection; user networking's own accept does not count. */
    record Tcp(GuestPort port) implements Probe {
        public Tcp {
            requireTcp(port);
        }
    }

    /**
     * Succeeds when {@code GET path} answers with an expected status.
     *
     * @param path begins with a slash
     * @param statuses the HTTP status codes that count; empty stands for 200 to 399
     */
    record Http(GuestPort port, String path, List<Integer> statuses) implements Probe {
        public Http {
            requireTcp(port);
            if (!path.matches("/[\\x21-\\x7e]{0,1023}")) {
                throw new IllegalArgumentException("path must begin with '/' and have printable ASCII only");
            }
            statuses = List.copyOf(statuses);
        }
    }

    /**
     * Succeeds when, after sending {@code send}, what comes back contains {@code expect}.
     *
     * @param send may be empty: the service speaks first
     * @param expect 1 to 1024 bytes, found anywhere in the first 64 KiB of the answer
     */
    record Exchange(GuestPort port, Bytes send, Bytes expect) implements Probe {
        public Exchange {
            Objects.requireNonNull(port, "port");
            if (send.size() > MAX_SENT || expect.size() < 1 || expect.size() > 1024) {
                throw new IllegalArgumentException("send may have " + MAX_SENT + " bytes, expect 1 to 1024");
            }
        }
    }

    private static void requireTcp(GuestPort port) {
        if (port.protocol() != Protocol.TCP) {
            throw new IllegalArgumentException("This probe needs a TCP port: " + port);
        }
    }
}
