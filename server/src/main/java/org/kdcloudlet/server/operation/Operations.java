package org.kdcloudlet.server.operation;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Long work. An operation is on record from its start until a day after its end; one that a stopped server left running is
 * failed by the next. Safe for use by many threads.
 */
public interface Operations {
    /** A job: returns when done, throws when it failed, having undone what it did. */
    @FunctionalInterface
    interface Job {
        void run(OperationContext context);
    }

    /**
     * Starts a job on a thread of its own.
     *
     * @param deadline after which it is cancelled
     */
    Operation start(String kind, String target, Duration deadline, Job job);

    /** Newest first. */
    List<Operation> list();

    Optional<Operation> find(long id);

    /**
     * @throws org.kdcloudlet.server.error.CloudletException OPERATION_UNKNOWN
     */
    Operation get(long id);

    /**
     * Asks an operation to undo what it did and end. Returns at once; does nothing if it ended.
     *
     * @throws org.kdcloudlet.server.error.CloudletException OPERATION_UNKNOWN; CONFLICT when it cannot be cancelled any more
     */
    Operation cancel(long id);

    /**
     * Says of an operation that a stopped server left running what became of its work. Does nothing to others.
     *
     * @param message sentences for people, in place of that it is to be started again
     */
    void explain(long id, String message);

    /**
     * Waits until an operation ended, or for so long, whichever comes first.
     *
     * @throws org.kdcloudlet.server.error.CloudletException OPERATION_UNKNOWN
     */
    Operation await(long id, Duration longest);
}
