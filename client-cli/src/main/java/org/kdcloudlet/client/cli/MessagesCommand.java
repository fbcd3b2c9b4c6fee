package org.kdcloudlet.client.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.kdcloudlet.client.CloudletClient;
import org.kdcloudlet.client.Message;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code cloudlet-client messages}: shows the details of a message but for those that are secret. */
@Command(
        name = "messages",
        mixinStandardHelpOptions = true,
        description = "Takes the messages for this device out of a cloudlet's mailbox.")
final class MessagesCommand extends DeviceCommand {
    private static final Set<String> SECRET = Set.of("auth_password", "device_private_key");

    @Parameters(paramLabel = "SERVICE", description = "The service that they are about.")
    private String serviceId;

    @Override
    int run(CloudletClient client) throws InterruptedException {
        List<Message> messages = client.at(placeFor(client, serviceId)).messages(serviceId);
        JsonArray all = new JsonArray();
        List<List<String>> rows = new ArrayList<>();
        for (Message message : messages) {
            JsonObject object = new JsonObject();
            object.addProperty("service_id", message.serviceId());
            object.addProperty("message", message.message());
            JsonObject parameters = new JsonObject();
            for (String name : new TreeSet<>(message.parameters().keySet())) {
                parameters.addProperty(
                        name,
                        SECRET.contains(name)
                                ? "(secret)"
                                : message.parameters().get(name));
            }
            object.add("parameters", parameters);
            all.add(object);
            rows.add(List.of(message.serviceId(), message.message(), parameters.toString()));
        }
        if (json) {
            output.json(all);
        } else {
            output.table(List.of("SERVICE", "MESSAGE", "PARAMETERS"), rows);
        }
        return 0;
    }
}
