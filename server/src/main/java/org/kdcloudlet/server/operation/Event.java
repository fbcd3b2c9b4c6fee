package org.kdcloudlet.server.operation;

import java.time.Instant;
import java.util.Map;

/**
 * Something that happened.
 *
 * @param id counts up, also over restarts of the server; below 2<sup>53</sup>
 * @param time when
 * @param type what, e.g. {@code instance.ready}
 * @param subjects ids of what it happened to, e.g. {@code service} and {@code instance}
 * @param message one sentence for people
 */
public record Event(long id, Instant time, String type, Map<String, String> subjects, String message) {
    public Event {
        subjects = Map.copyOf(subjects);
    }
}
