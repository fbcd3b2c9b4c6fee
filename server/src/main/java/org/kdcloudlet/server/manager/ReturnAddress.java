package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The page of this Manager that a log-in leads back to. It stands in the address of the log-in, so anybody may have written it: what
 * leads elsewhere, or is no plain path, is {@link #START}.
 *
 * @param path with its query, from the first slash on
 */
record ReturnAddress(String path) {
    static final ReturnAddress START = new ReturnAddress("/");

    /** Browsers take two slashes, and a backslash for either, as the beginning of a host. */
    private static final Pattern PATH = Pattern.compile("(?!.*//)/[A-Za-z0-9._~/?=&%+:,-]{0,500}");
    /** What is no page to look at. */
    private static final Pattern NONE = Pattern.compile("/(log-in|log-out|setup|live|files)\\b.*");

    static ReturnAddress of(Optional<String> path) {
        return path.filter(text -> PATH.matcher(text).matches())
                .filter(text -> !NONE.matcher(text).matches())
                .map(ReturnAddress::new)
                .orElse(START);
    }

    /** The page that was asked for. */
    static ReturnAddress ofRequest(Context context) {
        String query = context.queryString();
        return of(Optional.of(query == null ? context.path() : context.path() + "?" + query));
    }

    /** What leads there from the log-in; empty for the start page. */
    String query() {
        return equals(START) ? "" : "?next=" + URLEncoder.encode(path, StandardCharsets.UTF_8);
    }
}
