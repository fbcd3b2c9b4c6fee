package org.kdcloudlet.client.cli;

import com.google.gson.JsonObject;
import java.io.File;
import org.kdcloudlet.client.App;
import org.kdcloudlet.client.Cloudlet;
import org.kdcloudlet.client.CloudletClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cloudlet-client get}. */
@Command(
        name = "get",
        mixinStandardHelpOptions = true,
        description = "Downloads an app and checks its MD5. Called again, it goes on where it was.")
final class GetCommand extends DeviceCommand {
    @Parameters(paramLabel = "APP", description = "The app's id or name, as apps prints them.")
    private String wanted;

    @Option(names = "--output", paramLabel = "FILE", description = "Where to put it (default: the app's id and .apk).")
    private File file;

    @Override
    int run(CloudletClient client) throws InterruptedException {
        for (Cloudlet cloudlet : places(client)) {
            for (App app : client.at(cloudlet).apps()) {
                if (app.id().equals(wanted) || app.name().equals(wanted)) {
                    File target = file == null ? new File(app.id().replaceAll("[^A-Za-z0-9]", "_") + ".apk") : file;
                    client.at(cloudlet).download(app, target);
                    tell(app, target);
                    return 0;
                }
            }
        }
        throw new IllegalArgumentException("No cloudlet in reach has an app of this id or name.");
    }

    private void tell(App app, File target) {
        if (json) {
            JsonObject object = new JsonObject();
            object.addProperty("app", app.id());
            object.addProperty("file", target.getPath());
            object.addProperty("bytes", target.length());
            output.json(object);
        } else {
            output.line(target.getPath() + ", " + target.length() + " bytes");
        }
    }
}
