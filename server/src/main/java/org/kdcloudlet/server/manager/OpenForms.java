package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.http.HttpStatus;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/**
 * The forms that everybody may send who reaches the port. A thread waits while one is sent, so they are short, say how long they are
 * (RFC 9110, section 8.6), and only so many are read at a time: whoever sends them slowly keeps others from logging in until
 * the deadline of bodies, and no more.
 */
final class OpenForms {
    private static final int AT_A_TIME = 8;
    private static final int LONGEST_BYTES = 16 * 1024;

    private final SmallBodies bodies;
    private final Semaphore room = new Semaphore(AT_A_TIME);

    OpenForms(SmallBodies bodies) {
        this.bodies = bodies;
    }

    /** The handler of such a form, behind these checks. */
    Handler bounded(Handler form) {
        return context -> {
            checkLength(context);
            if (!room.tryAcquire()) {
                throw new CloudletException(
                        ErrorCode.NO_ROOM, "Too many forms are being sent at the same time; try again later.");
            }
            try {
                bodies.receive(context);
                form.handle(context);
            } finally {
                room.release();
            }
        };
    }

    private static void checkLength(Context context) {
        if (context.header("Transfer-Encoding") != null) {
            throw refusal(HttpStatus.LENGTH_REQUIRED_411);
        }
        if (context.req().getContentLengthLong() > LONGEST_BYTES) {
            throw refusal(HttpStatus.PAYLOAD_TOO_LARGE_413);
        }
    }

    private static HttpResponseException refusal(int status) {
        return new HttpResponseException(status, HttpStatus.getMessage(status), Map.of());
    }
}
