package org.kdcloudlet.server.api;

import java.util.function.Function;
import org.kdcloudlet.server.web.Answer;
import org.kdcloudlet.server.web.Reply;

/**
 * One path of the device API; all are asked by GET.
 *
 * @param changesState whether asking starts or stops something; such a path does not answer HEAD
 */
record DeviceRoute(String path, boolean changesState, Function<DeviceRequest, ? extends Answer> handler) {
    static DeviceRoute reading(String path, Function<DeviceRequest, ? extends Answer> handler) {
        return new DeviceRoute(path, false, handler);
    }

    static DeviceRoute changing(String path, Function<DeviceRequest, Reply> handler) {
        return new DeviceRoute(path, true, handler);
    }
}
