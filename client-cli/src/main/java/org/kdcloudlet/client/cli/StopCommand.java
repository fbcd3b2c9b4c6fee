package org.kdcloudlet.client.cli;

import com.google.gson.JsonObject;
import org.kdcloudlet.client.Cloudlet;
import org.kdcloudlet.client.CloudletClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code cloudlet-client stop}. */
@Command(
        name = "stop",
        mixinStandardHelpOptions = true,
        description = "Stops using an instance that start has started. Needs --at.")
final class StopCommand extends DeviceCommand {
    @Parameters(paramLabel = "INSTANCE", description = "The instance's id, as start has printed it.")
    private String instanceId;

    @Override
    int run(CloudletClient client) throws InterruptedException {
        Cloudlet cloudlet = chosen(client)
                .orElseThrow(() -> new IllegalArgumentException("On which cloudlet does it run? Say it with --at."));
        client.at(cloudlet).stop(instanceId);
        if (json) {
            output.json(new JsonObject());
        }
        return 0;
    }
}
