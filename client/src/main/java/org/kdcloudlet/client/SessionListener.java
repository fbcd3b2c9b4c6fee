package org.kdcloudlet.client;

/**
 * The one callback of a session. Calls come one after the other, on a thread of the client's; none begins after the session
 * was closed. It may close the session itself.
 */
@FunctionalInterface
public interface SessionListener {
    /**
     * Something happened to the session.
     *
     * @param event what
     */
    void changed(SessionEvent event);
}
