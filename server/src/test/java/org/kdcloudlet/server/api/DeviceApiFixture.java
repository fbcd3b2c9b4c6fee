package org.kdcloudlet.server.api;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.kdcloudlet.server.config.Configuration;
import org.kdcloudlet.server.host.LoadSampler;
import org.kdcloudlet.server.web.WebServer;

/** A device API on a free port, over stubs. */
final class DeviceApiFixture implements AutoCloseable {
    final StubCatalog catalog = new StubCatalog();
    final StubApps apps = new StubApps();
    final StubInstances instances = new StubInstances();
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private final LoadSampler load = LoadSampler.start(scheduler, Duration.ofHours(1));
    private final WebServer server;

    DeviceApiFixture(Map<String, Object> settings) {
        Configuration configuration = Configuration.load(Optional.empty(), settings);
        catalog.set(StubCatalog.speech());
        server = DeviceApi.server(
                configuration.deviceApi(),
                configuration::limits,
                new DeviceApi.Parts(
                        "ridge",
                        catalog,
                        instances,
                        apps,
                        load,
                        configuration.instances().hostPorts().address(),
                        (route, status) -> {}));
        server.start();
    }

    static Map<String, Object> onFreePort() {
        return Map.of("device-api.port", 0);
    }

    int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.close();
        load.close();
        scheduler.shutdownNow();
    }
}
