package org.kdcloudlet.hypervisor.qemu.probe;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;

/** One way of asking a service once. An attempt opens what it needs and closes it again. */
interface ProbeAttempt {
    /**
     * Asks once.
     *
     * @param patience how long to wait when nothing shows that the guest has heard of it
     * @param limit how long to wait at most; not below {@code patience}
     * @param opened is told what is opened, so that another thread can end the attempt by closing it
     */
    ProbeOutcome run(Duration patience, Duration limit, Opened opened) throws IOException;

    /** Keeps what has to be closed to end an attempt early. */
    @FunctionalInterface
    interface Opened {
        void accept(Closeable opened);
    }
}
