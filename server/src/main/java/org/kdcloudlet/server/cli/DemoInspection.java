package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.kdcloudlet.client.Endpoint;

/** {@code ./cloudlet demo}: a service that looks closely at a file. */
final class DemoInspection implements DemoScenario {
    @Override
    public String serviceId() {
        return DemoService.ID;
    }

    @Override
    public ObjectNode definition() {
        return DemoService.definition();
    }

    @Override
    public List<String> use(DemoDevice device, Endpoint endpoint, Path file) throws IOException, InterruptedException {
        return device.send(endpoint, file).properties().stream()
                .map(field -> String.format(
                        Locale.ROOT,
                        "%-15s %s",
                        field.getKey(),
                        field.getValue().asText()))
                .toList();
    }
}
