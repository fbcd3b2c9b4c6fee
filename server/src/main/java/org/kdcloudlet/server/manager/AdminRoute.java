package org.kdcloudlet.server.manager;

import io.javalin.http.Handler;
import io.javalin.http.HandlerType;

/** One method on one path; every one is described in docs/reference/openapi.yaml. */
record AdminRoute(HandlerType method, String path, Handler handler) {
    static AdminRoute get(String path, Handler handler) {
        return new AdminRoute(HandlerType.GET, path, handler);
    }

    static AdminRoute post(String path, Handler handler) {
        return new AdminRoute(HandlerType.POST, path, handler);
    }

    static AdminRoute patch(String path, Handler handler) {
        return new AdminRoute(HandlerType.PATCH, path, handler);
    }

    static AdminRoute delete(String path, Handler handler) {
        return new AdminRoute(HandlerType.DELETE, path, handler);
    }
}
