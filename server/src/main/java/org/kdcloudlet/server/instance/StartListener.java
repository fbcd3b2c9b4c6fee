package org.kdcloudlet.server.instance;

import java.time.Duration;
import org.kdcloudlet.server.error.ErrorCode;

/** Is told of every start that ended, by the thread that asked for it; so it must be quick and must not throw. */
public interface StartListener {
    /**
     * A user was counted in on an instance that answers.
     *
     * @param joined whether it was there, or being started, already
     * @param took from asking to having it
     */
    void started(StartKind kind, boolean joined, Duration took);

    /** Nobody was counted in. */
    void notStarted(ErrorCode reason);
}
