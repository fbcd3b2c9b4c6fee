package org.kdcloudlet.hypervisor.qemu.probe;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Holds what the attempt under way has opened, and closes it when the machine ends, so that no attempt outlives it. */
final class OpenedNow implements ProbeAttempt.Opened, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OpenedNow.class);

    private final CompletableFuture<?> ended;
    private Optional<Closeable> opened = Optional.empty();

    /** @param ended a copy of the machine's end that is this probe's own */
    OpenedNow(CompletableFuture<?> ended) {
        this.ended = ended;
        ended.whenComplete((exit, failure) -> closeNow());
    }

    @Override
    public synchronized void accept(Closeable now) {
        opened = Optional.of(now);
        if (ended.isDone()) {
            closeNow();
        }
    }

    private synchronized void closeNow() {
        try {
            if (opened.isPresent()) {
                opened.get().close();
            }
        } catch (IOException failure) {
            LOG.debug("A probe's connection did not close cleanly: {}", failure.getMessage());
        }
    }

    /** Forgets the last attempt, which closed what it opened itself. */
    @Override
    public synchronized void close() {
        opened = Optional.empty();
    }
}
