package org.kdcloudlet.hypervisor;

/** Receives how far a long job has come, and can end it. Called from the thread that does the job. */
@FunctionalInterface
public interface Progress {
    /** Listens to nothing and never cancels. */
    Progress NONE = (done, total) -> {};

    /**
     * @param done bytes done so far
     * @param total bytes in all, 0 when unknown
     * @throws java.util.concurrent.CancellationException to end the job, which undoes what it did and lets the exception through
     */
    void report(long done, long total);
}
