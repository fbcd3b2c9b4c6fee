package org.kdcloudlet.server.api;

import org.kdcloudlet.server.web.Reply;

/** {@code /api/apps}: the app store, which has no apps yet. */
final class AppHandlers {
    Reply list(DeviceRequest request) {
        return Reply.json(WireJson.emptyList("apps"));
    }

    Reply get(DeviceRequest request) {
        return request.parameter("appId").isEmpty()
                ? Reply.text(400, "Parameter appId is missing")
                : Reply.text(404, "There is no app of this id");
    }
}
