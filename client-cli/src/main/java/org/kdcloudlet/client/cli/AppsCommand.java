package org.kdcloudlet.client.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.kdcloudlet.client.App;
import org.kdcloudlet.client.Cloudlet;
import org.kdcloudlet.client.CloudletClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cloudlet-client apps}. */
@Command(
        name = "apps",
        mixinStandardHelpOptions = true,
        description = "Lists the apps that cloudlets have for download.")
final class AppsCommand extends DeviceCommand {
    @Option(names = "--tag", paramLabel = "TAG", description = "Only apps with one of these tags. Repeatable.")
    private List<String> tags = new ArrayList<>();

    @Override
    int run(CloudletClient client) throws InterruptedException {
        JsonArray all = new JsonArray();
        List<List<String>> rows = new ArrayList<>();
        for (Cloudlet cloudlet : places(client)) {
            for (App app : client.at(cloudlet).apps(tags.toArray(String[]::new))) {
                all.add(json(cloudlet, app));
                rows.add(List.of(
                        cloudlet.name(),
                        app.id(),
                        app.name(),
                        app.version().orElse(""),
                        app.serviceId().orElse(""),
                        String.join(",", app.tags())));
            }
        }
        if (json) {
            output.json(all);
        } else {
            output.table(List.of("CLOUDLET", "ID", "NAME", "VERSION", "SERVICE", "TAGS"), rows);
        }
        return 0;
    }

    private static JsonObject json(Cloudlet cloudlet, App app) {
        JsonObject object = new JsonObject();
        object.addProperty("cloudlet", cloudlet.name());
        object.addProperty("id", app.id());
        object.addProperty("name", app.name());
        add(object, "service_id", app.serviceId());
        add(object, "description", app.description());
        add(object, "package_name", app.packageName());
        add(object, "min_android_version", app.minimumAndroidVersion());
        add(object, "md5", app.md5());
        add(object, "version", app.version());
        object.add("tags", array(app.tags()));
        return object;
    }
}
