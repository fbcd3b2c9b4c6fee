package org.kdcloudlet.client.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.kdcloudlet.client.Cloudlet;
import org.kdcloudlet.client.CloudletClient;
import org.kdcloudlet.client.Service;
import picocli.CommandLine.Command;

/** {@code cloudlet-client services}. */
@Command(name = "services", mixinStandardHelpOptions = true, description = "Lists what cloudlets offer.")
final class ServicesCommand extends DeviceCommand {
    @Override
    int run(CloudletClient client) throws InterruptedException {
        JsonArray all = new JsonArray();
        List<List<String>> rows = new ArrayList<>();
        for (Cloudlet cloudlet : places(client)) {
            for (Service service : client.at(cloudlet).services()) {
                JsonObject object = new JsonObject();
                object.addProperty("cloudlet", cloudlet.name());
                object.addProperty("service_id", service.serviceId());
                add(object, "description", service.description());
                add(object, "version", service.version());
                object.add("tags", array(service.tags()));
                all.add(object);
                rows.add(List.of(
                        cloudlet.name(),
                        service.serviceId(),
                        service.version().orElse(""),
                        String.join(",", service.tags()),
                        service.description().orElse("")));
            }
        }
        if (json) {
            output.json(all);
        } else {
            output.table(List.of("CLOUDLET", "SERVICE", "VERSION", "TAGS", "DESCRIPTION"), rows);
        }
        return 0;
    }
}
