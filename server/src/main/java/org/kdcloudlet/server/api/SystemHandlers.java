package org.kdcloudlet.server.api;

import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.host.LoadSampler;
import org.kdcloudlet.server.web.Reply;

/** {@code /api/system}: the figures by which devices choose a cloudlet, and messages to devices. */
final class SystemHandlers {
    private final LoadSampler load;
    private final Catalog catalog;

    SystemHandlers(LoadSampler load, Catalog catalog) {
        this.load = load;
        this.catalog = catalog;
    }

    Reply get(DeviceRequest request) {
        Optional<List<Service>> services = request.flag("services") ? Optional.of(catalog.list()) : Optional.empty();
        return Reply.json(WireJson.system(load.load(), services, request.flag("apps")));
    }

    /** Always empty in plain mode: nobody can prove who asks. */
    Reply messages(DeviceRequest request) {
        return Reply.json(WireJson.emptyList("messages"));
    }
}
