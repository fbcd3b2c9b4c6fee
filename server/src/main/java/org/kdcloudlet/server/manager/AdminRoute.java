package org.kdcloudlet.server.manager;

import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import java.util.ArrayList;
import java.util.List;
import org.kdcloudlet.server.account.Role;

/**
 * One method on one path, of the admin REST API or of the pages; every one of the former is described in
 * docs/reference/openapi.yaml. What it needs to be answered is decided by {@link AccessControl} alone.
 *
 * @param waits whether an answer may have to wait for a machine, a disk or somebody who sends a file slowly
 * @param streams whether it moves a file, in or out: its handler reads the body itself, while it arrives, or the answer is long
 * @param role what whoever asks must be: a viewer to look and an operator to change, unless said otherwise
 * @param action what the audit log calls it
 */
public record AdminRoute(
        HandlerType method, String path, Handler handler, boolean waits, boolean streams, Role role, String action) {
    public static AdminRoute get(String path, Handler handler) {
        return make(HandlerType.GET, path, handler, false);
    }

    /** A GET that may have to wait, e.g. for a machine. */
    public static AdminRoute waitingGet(String path, Handler handler) {
        return make(HandlerType.GET, path, handler, true);
    }

    /** One that answers with headers alone, and may have to wait. */
    public static AdminRoute head(String path, Handler handler) {
        return make(HandlerType.HEAD, path, handler, true);
    }

    public static AdminRoute options(String path, Handler handler) {
        return make(HandlerType.OPTIONS, path, handler, false);
    }

    public static AdminRoute post(String path, Handler handler) {
        return make(HandlerType.POST, path, handler, true);
    }

    public static AdminRoute patch(String path, Handler handler) {
        return make(HandlerType.PATCH, path, handler, true);
    }

    public static AdminRoute put(String path, Handler handler) {
        return make(HandlerType.PUT, path, handler, true);
    }

    public static AdminRoute delete(String path, Handler handler) {
        return make(HandlerType.DELETE, path, handler, true);
    }

    private static AdminRoute make(HandlerType method, String path, Handler handler, boolean waits) {
        Role role = changes(method) ? Role.OPERATOR : Role.VIEWER;
        return new AdminRoute(method, path, handler, waits, false, role, action(method, path));
    }

    /** The same for those who have this role. */
    public AdminRoute needs(Role needed) {
        return new AdminRoute(method, path, handler, waits, streams, needed, action);
    }

    /** The same as one that moves a file: its body may be long and slow, and is for its handler to read; or its answer is. */
    public AdminRoute streaming() {
        return new AdminRoute(method, path, handler, waits, true, role, action);
    }

    /** The same by another name in the audit log. */
    public AdminRoute named(String newAction) {
        return new AdminRoute(method, path, handler, waits, streams, role, newAction);
    }

    /** Whether it changes something, and so goes on record. */
    public boolean changes() {
        return changes(method);
    }

    private static boolean changes(HandlerType method) {
        return method != HandlerType.GET && method != HandlerType.HEAD && method != HandlerType.OPTIONS;
    }

    /** The words of a path and what the method does: {@code services.remove} for DELETE /v1/services/{service_id}. */
    private static String action(HandlerType method, String path) {
        List<String> words = new ArrayList<>();
        for (String part : path.split("/")) {
            if (!part.isEmpty() && !part.equals("v1") && !part.startsWith("{")) {
                words.add(part);
            }
        }
        if (method == HandlerType.POST && words.size() == 1) {
            words.add("add");
        } else if (method == HandlerType.PATCH || method == HandlerType.PUT) {
            words.add("edit");
        } else if (method == HandlerType.DELETE) {
            words.add("remove");
        }
        return String.join(".", words);
    }
}
