package org.kdcloudlet.client;

/** The one callback of a session. Calls come one after the other, on a thread of the client's. */
@FunctionalInterface
public interface SessionListener {
    /**
     * Something happened to the session.
     *
     * @param event what
     */
    void changed(SessionEvent event);
}
