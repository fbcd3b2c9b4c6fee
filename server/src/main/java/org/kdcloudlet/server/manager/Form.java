package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.util.Optional;

/**
 * Reads the fields of a form that was sent as browsers send it unless told otherwise. Any other body has no fields, nor has one that
 * was not read: nobody waits here for one that comes slowly.
 */
final class Form {
    private static final String TYPE = "application/x-www-form-urlencoded";

    private Form() {}

    /** The value of a field, empty when there is none. */
    static String field(Context context, String name) {
        return optional(context, name).orElse("");
    }

    /** The value of a field, if it was sent at all. */
    static Optional<String> optional(Context context, String name) {
        String type = context.contentType();
        if (type == null || !type.startsWith(TYPE) || !SmallBodies.isRead(context)) {
            return Optional.empty();
        }
        return Optional.ofNullable(context.formParam(name));
    }
}
