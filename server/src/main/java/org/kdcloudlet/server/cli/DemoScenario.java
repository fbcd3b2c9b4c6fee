package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.kdcloudlet.client.Endpoint;

/** What a demo shows: a service, and what a device has it do. */
interface DemoScenario {
    /** The service's id. */
    String serviceId();

    /** The body of {@code POST /v1/services}. */
    ObjectNode definition() throws IOException;

    /** Has the service inside a Service VM work on a file; returns the lines that show what came back. */
    List<String> use(DemoDevice device, Endpoint endpoint, Path file) throws IOException, InterruptedException;
}
