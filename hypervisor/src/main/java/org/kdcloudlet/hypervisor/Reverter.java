package org.kdcloudlet.hypervisor;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Undoes the steps of a job that does not reach its end. Each step registers its undo right after it was done; unless
 * {@link #commit()} is called, {@link #close()} runs them, last step first. An undo that fails is logged and does not keep
 * the others from running. For one thread.
 *
 * <pre>{@code
 * try (Reverter undo = new Reverter()) {
 *     Path folder = Files.createDirectory(path);
 *     undo.add("remove folder " + folder, () -> Files.delete(folder));
 *     ...
 *     undo.commit();
 * }
 * }</pre>
 */
public final class Reverter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reverter.class);

    private final Deque<Step> steps = new ArrayDeque<>();

    /** Takes back one step. */
    @FunctionalInterface
    public interface Undo {
        void run() throws Exception;
    }

    private record Step(String description, Undo undo) {}

    /**
     * Registers how to take back the step that was just done.
     *
     * @param description what the undo does, for the log, e.g. {@code remove folder /var/lib/x}
     */
    public void add(String description, Undo undo) {
        steps.push(new Step(Objects.requireNonNull(description), Objects.requireNonNull(undo)));
    }

    /** Keeps everything that was done; {@link #close()} then does nothing. */
    public void commit() {
        steps.clear();
    }

    /** Takes back what was not committed. Interrupts do not stop it: the thread's interrupt flag is restored at the end. */
    @Override
    public void close() {
        boolean interrupted = !steps.isEmpty() && Thread.interrupted();
        while (!steps.isEmpty()) {
            Step step = steps.pop();
            try {
                step.undo().run();
            } catch (InterruptedException e) {
                interrupted = true;
                LOG.error("Could not undo, interrupted: {}", step.description());
            } catch (Exception e) {
                LOG.error("Could not undo: {}", step.description(), e);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
