package org.kdcloudlet.server.api;

import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.app.App;
import org.kdcloudlet.server.app.Apps;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.host.LoadSampler;
import org.kdcloudlet.server.web.Reply;

/** {@code /api/system}: the figures by which devices choose a cloudlet, and messages to devices. */
final class SystemHandlers {
    private final LoadSampler load;
    private final Catalog catalog;
    private final Apps apps;

    SystemHandlers(LoadSampler load, Catalog catalog, Apps apps) {
        this.load = load;
        this.catalog = catalog;
        this.apps = apps;
    }

    Reply get(DeviceRequest request) {
        Optional<List<Service>> services = request.flag("services") ? Optional.of(catalog.list()) : Optional.empty();
        Optional<List<App>> listed = request.flag("apps") ? Optional.of(apps.list()) : Optional.empty();
        return Reply.json(WireJson.system(load.load(), services, listed));
    }

    /** Always empty in plain mode: nobody can prove who asks. */
    Reply messages(DeviceRequest request) {
        return Reply.json(WireJson.emptyList("messages"));
    }
}
