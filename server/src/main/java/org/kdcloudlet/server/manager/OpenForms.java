package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.util.Map;
import org.eclipse.jetty.http.HttpStatus;
import org.kdcloudlet.server.account.Actor;

/**
 * The forms that everybody may send who reaches the port. A thread waits while one is sent, so they are short, say how long they are
 * (RFC 9110, section 8.6), and only so many are on their way at a time, fewer from one address: whoever sends slowly keeps nobody elsewhere
 * from logging in. A form that is there as soon as its headers are needs no place.
 */
final class OpenForms {
    private static final int AT_A_TIME = 8;
    private static final int OF_ONE_ADDRESS = 2;
    private static final int LONGEST_BYTES = 16 * 1024;

    private final SmallBodies bodies;
    private final Places slow = new Places(OF_ONE_ADDRESS, AT_A_TIME, "forms");

    OpenForms(SmallBodies bodies) {
        this.bodies = bodies;
    }

    /** The handler of such a form, behind these checks. */
    Handler bounded(Handler form) {
        return context -> {
            checkLength(context);
            receive(context);
            form.handle(context);
        };
    }

    private void receive(Context context) throws IOException {
        if (SmallBodies.isThere(context)) {
            bodies.receive(context);
            return;
        }
        Actor stranger = Actor.unknown(context.ip());
        slow.enter(stranger);
        try {
            bodies.receive(context);
        } finally {
            slow.leave(stranger);
        }
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
