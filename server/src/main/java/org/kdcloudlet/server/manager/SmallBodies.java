package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.kdcloudlet.server.account.Actor;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/**
 * Reads short bodies, of forms and JSON, into memory before anything else is done for a request. A thread waits for each, and so there
 * is a deadline for the whole of it, and only so many are on their way at a time, of one actor and of all together. A body that came
 * with its request is not on its way.
 */
final class SmallBodies {
    /** Of one actor. */
    static final int MAX_PER_ACTOR = 16;
    /** Of all actors together. */
    private static final int MAX_TOGETHER = 48;

    private static final Duration DEADLINE = Duration.ofSeconds(30);
    /** The attribute of a request. */
    private static final String READ = "body-read";

    private final Duration deadline;
    private final Places places = new Places(MAX_PER_ACTOR, MAX_TOGETHER, "unfinished requests");

    SmallBodies() {
        this(DEADLINE);
    }

    /** @param deadline from the moment on that the body is asked for */
    SmallBodies(Duration deadline) {
        this.deadline = deadline;
    }

    /** Whether the body of a request is in memory, and so can be had without waiting. */
    static boolean isRead(Context context) {
        return Boolean.TRUE.equals(context.attribute(READ));
    }

    /**
     * Reads the body of a request of somebody.
     *
     * @throws CloudletException as {@link #receive}; TOO_MANY_REQUESTS and NO_ROOM, in which case nothing of it is read
     */
    void read(Context context, Actor actor) throws IOException {
        if (isThere(context)) {
            receive(context);
            return;
        }
        places.enter(actor);
        try {
            receive(context);
        } finally {
            places.leave(actor);
        }
    }

    /**
     * Reads the body of a request whose number is bounded elsewhere.
     *
     * @throws CloudletException REQUEST_TIMEOUT at the deadline; the connection then ends with the answer
     * @throws io.javalin.http.HttpResponseException 413 when it is longer than what the server takes into memory
     */
    void receive(Context context) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        // Whoever reads is woken by it; the answer can still be written.
        done.orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS).whenComplete((nothing, late) -> {
            if (late != null) {
                ServletContextRequest.getServletContextRequest(context.req()).fail(new TimeoutException());
            }
        });
        try {
            context.bodyAsBytes();
        } finally {
            if (!done.complete(null)) {
                throw late(context);
            }
        }
        context.attribute(READ, true);
    }

    /** Whether the whole body has come already. */
    static boolean isThere(Context context) throws IOException {
        long length = context.req().getContentLengthLong();
        boolean chunked = context.header("Transfer-Encoding") != null;
        return !chunked && (length <= 0 || context.req().getInputStream().available() >= length);
    }

    private CloudletException late(Context context) {
        context.header("Connection", "close");
        return new CloudletException(
                ErrorCode.REQUEST_TIMEOUT,
                "The body of the request was not there after " + deadline.toSeconds() + " seconds.");
    }
}
