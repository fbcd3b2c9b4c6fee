package org.kdcloudlet.client.cli;

import com.google.gson.JsonObject;
import org.kdcloudlet.client.Cloudlet;
import org.kdcloudlet.client.CloudletApi;
import org.kdcloudlet.client.CloudletClient;
import org.kdcloudlet.client.Endpoint;
import org.kdcloudlet.client.ServiceVm;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cloudlet-client start}. */
@Command(
        name = "start",
        mixinStandardHelpOptions = true,
        description = "Starts a service and leaves it running; prints where it is.")
final class StartCommand extends DeviceCommand {
    @Parameters(paramLabel = "SERVICE", description = "The service's id.")
    private String serviceId;

    @Option(names = "--join", description = "Join a running instance if there is one.")
    private boolean join;

    @Override
    int run(CloudletClient client) throws InterruptedException {
        Cloudlet cloudlet = placeFor(client, serviceId);
        CloudletApi api = client.at(cloudlet);
        ServiceVm instance = join ? api.join(serviceId) : api.start(serviceId);
        String host = new Endpoint(cloudlet, instance).host();
        if (json) {
            JsonObject object = new JsonObject();
            object.addProperty("instance_id", instance.id());
            object.addProperty("host", host);
            object.addProperty("port", instance.port());
            object.add("cloudlet", json(cloudlet));
            output.json(object);
        } else {
            output.line("Instance  " + instance.id());
            output.line("Host      " + host);
            output.line("Port      " + instance.port());
            output.line("Cloudlet  " + cloudlet);
        }
        return 0;
    }
}
