package org.kdcloudlet.server.operation;

import org.kdcloudlet.hypervisor.Progress;

/** What a job tells of itself and asks for while it runs. */
public interface OperationContext {
    /**
     * Begins the next step; the one before has succeeded by that.
     *
     * @throws java.util.concurrent.CancellationException when the operation was cancelled or its deadline has passed
     */
    void step(String name);

    /** Adds a line to the log. */
    void log(String line);

    /** Receives bytes done, and ends the job when it was cancelled. */
    Progress progress();

    /** What came of it, for {@link Operation#result()}. */
    void result(String value);

    /**
     * Has something done once, at once, when the operation is cancelled while it blocks; for instance the machine stopped that
     * it waits for. Runs at once if it was cancelled already.
     */
    void onCancel(Runnable action);

    /**
     * @throws java.util.concurrent.CancellationException when the operation was cancelled or its deadline has passed
     */
    void checkCancelled();

    /** From now on the operation cannot be cancelled: it is about to do what is not undone. */
    void commit();
}
