package org.kdcloudlet.server.manager;

import io.javalin.http.Handler;
import io.javalin.http.HandlerType;

/**
 * One method on one path; every one is described in docs/reference/openapi.yaml.
 *
 * @param waits whether an answer may have to wait for a machine, a disk or somebody who sends slowly
 */
record AdminRoute(HandlerType method, String path, Handler handler, boolean waits) {
    static AdminRoute get(String path, Handler handler) {
        return new AdminRoute(HandlerType.GET, path, handler, false);
    }

    /** A GET that may have to wait, e.g. for a machine. */
    static AdminRoute waitingGet(String path, Handler handler) {
        return new AdminRoute(HandlerType.GET, path, handler, true);
    }

    static AdminRoute post(String path, Handler handler) {
        return new AdminRoute(HandlerType.POST, path, handler, true);
    }

    static AdminRoute patch(String path, Handler handler) {
        return new AdminRoute(HandlerType.PATCH, path, handler, true);
    }

    static AdminRoute delete(String path, Handler handler) {
        return new AdminRoute(HandlerType.DELETE, path, handler, true);
    }
}
