package org.kdcloudlet.client;

import java.util.Optional;

/** Something that happened to a session. Immutable. */
public final class SessionEvent {
    private final Kind kind;
    private final Endpoint endpoint;
    private final Optional<Message> message;
    private final Optional<CloudletException> cause;

    SessionEvent(Kind kind, Endpoint endpoint, Optional<Message> message, Optional<CloudletException> cause) {
        this.kind = kind;
        this.endpoint = endpoint;
        this.message = message;
        this.cause = cause;
    }

    /** What happened. */
    public enum Kind {
        /** The cloudlet or the instance is lost; another is being looked for. */
        LOST,
        /** Another instance serves: connect to {@link #endpoint()}. */
        MOVED,
        /** No other could be had; it is tried again. {@link #cause()} says why. */
        SEARCHING,
        /** The cloudlet has a message for this device. */
        MESSAGE
    }

    /**
     * What happened.
     *
     * @return more kinds may come with later versions
     */
    public Kind kind() {
        return kind;
    }

    /**
     * Where the service is to be reached; after a loss, where it was.
     *
     * @return the session's endpoint at the time of the event
     */
    public Endpoint endpoint() {
        return endpoint;
    }

    /**
     * The message.
     *
     * @return empty unless the kind is {@link Kind#MESSAGE}
     */
    public Optional<Message> message() {
        return message;
    }

    /**
     * Why.
     *
     * @return empty when the app said so, or there is nothing to explain
     */
    public Optional<CloudletException> cause() {
        return cause;
    }

    @Override
    public String toString() {
        return kind + " " + endpoint;
    }
}
