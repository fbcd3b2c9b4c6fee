package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.util.Optional;

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

    /**
     * The id of something that was counted.
     *
     * @return empty when it is not there, or blank
     * @throws org.kdcloudlet.server.error.CloudletException INVALID_VALUE when it is none
     */
    static Optional<Long> id(Context context, String name) {
        Optional<String> text = Optional.ofNullable(context.queryParam(name)).filter(value -> !value.isBlank());
        if (text.isPresent() && !text.get().matches("[0-9]{1,18}")) {
            throw JsonBody.invalid(name + " must be an id, at most 18 digits.");
        }
        return text.map(Long::parseLong);
    }
}
