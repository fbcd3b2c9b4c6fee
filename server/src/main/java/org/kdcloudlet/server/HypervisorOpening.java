package org.kdcloudlet.server;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/**
 * A hypervisor that is being opened beside other work.
 *
 * @param opening its end
 */
record HypervisorOpening(CompletableFuture<Hypervisor> opening) {
    /** The proof of KVM takes seconds; a busy host may need more. */
    private static final Duration OPEN_DEADLINE = Duration.ofMinutes(5);

    /**
     * Waits for it.
     *
     * @throws HypervisorException when it cannot be opened
     */
    Hypervisor opened() {
        try {
            return opening.get(OPEN_DEADLINE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new HypervisorException(HypervisorError.FAILED, "The hypervisor cannot be opened", e);
        } catch (TimeoutException e) {
            throw new HypervisorException(
                    HypervisorError.TIMEOUT,
                    "The hypervisor was not ready within " + OPEN_DEADLINE.toMinutes() + " minutes",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HypervisorException(HypervisorError.FAILED, "Interrupted", e);
        }
    }

    /** Closes the hypervisor, if it could be opened at all. */
    void letGo() throws ExecutionException, TimeoutException, InterruptedException {
        opening.handle((opened, failure) -> Optional.ofNullable(opened))
                .get(OPEN_DEADLINE.toSeconds(), TimeUnit.SECONDS)
                .ifPresent(Hypervisor::close);
    }
}
