package org.kdcloudlet.server.manager;

import java.util.HashMap;
import java.util.Map;
import org.kdcloudlet.server.account.Actor;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Bounds how much of something is under way at a time, for all together and for one actor, who so leaves room to the others. */
final class Places {
    private final int perActor;
    private final int together;
    private final String what;
    private final Map<String, Integer> taken = new HashMap<>();
    private int all;

    /**
     * Places of which one actor may have all.
     *
     * @param what is under way, in the plural
     */
    Places(int together, String what) {
        this(Integer.MAX_VALUE, together, what);
    }

    /**
     * @param perActor for each actor
     * @param together for all of them
     * @param what is under way, in the plural
     */
    Places(int perActor, int together, String what) {
        this.perActor = perActor;
        this.together = together;
        this.what = what;
    }

    /**
     * Takes a place.
     *
     * @throws CloudletException TOO_MANY_REQUESTS when this actor has as many as one may have; NO_ROOM when all are taken
     */
    synchronized void enter(Actor actor) {
        if (taken.getOrDefault(actor.identity(), 0) >= perActor) {
            throw new CloudletException(
                    ErrorCode.TOO_MANY_REQUESTS,
                    "You have " + perActor + " " + what + " under way already; try again when they are done.");
        }
        if (all >= together) {
            throw new CloudletException(
                    ErrorCode.NO_ROOM, together + " " + what + " are under way already; try again later.");
        }
        taken.merge(actor.identity(), 1, Integer::sum);
        all++;
    }

    /** Gives back a place that was taken. */
    synchronized void leave(Actor actor) {
        taken.computeIfPresent(actor.identity(), (identity, count) -> count == 1 ? null : count - 1);
        all--;
    }
}
