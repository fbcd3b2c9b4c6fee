package org.kdcloudlet.server.manager;

import io.javalin.http.Context;

/** Whole numbers in queries. */
final class Numbers {
    private Numbers() {}

    /**
     * @throws org.kdcloudlet.server.error.CloudletException INVALID_VALUE when it is there and not a number of that range
     */
    static int query(Context context, String name, int otherwise, int least, int most) {
        String text = context.queryParam(name);
        if (text == null) {
            return otherwise;
        }
        if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) < least || Integer.parseInt(text) > most) {
            throw JsonBody.invalid(name + " must be " + least + " to " + most + ".");
        }
        return Integer.parseInt(text);
    }
}
