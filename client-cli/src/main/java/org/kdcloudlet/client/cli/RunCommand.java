package org.kdcloudlet.client.cli;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.kdcloudlet.client.Cloudlet;
import org.kdcloudlet.client.CloudletClient;
import org.kdcloudlet.client.Endpoint;
import org.kdcloudlet.client.ServiceSession;
import org.kdcloudlet.client.SessionBuilder;
import org.kdcloudlet.client.SessionEvent;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cloudlet-client run}: a session, for as long as a command or this program runs. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description =
                "Keeps a service at hand until COMMAND ends, or without one until Ctrl-C, moving to another cloudlet"
                        + " when its own is lost. COMMAND finds the service by CLOUDLET_SERVICE_HOST and CLOUDLET_SERVICE_PORT.")
final class RunCommand extends DeviceCommand {
    @Option(names = "--alone", description = "Do not share the instance.")
    private boolean alone;

    @Parameters(index = "0", paramLabel = "SERVICE", description = "The service's id.")
    private String serviceId;

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "COMMAND", description = "A program and its arguments.")
    private List<String> command = new ArrayList<>();

    @Override
    int run(CloudletClient client) throws InterruptedException, IOException {
        Optional<Cloudlet> chosen = chosen(client);
        SessionBuilder builder = client.session(serviceId).listener(this::tell);
        if (alone) {
            builder.alone();
        }
        if (chosen.isPresent()) {
            builder.at(chosen.get());
        }
        ServiceSession session = builder.open();
        // Ctrl-C ends the JVM; the instance is given back all the same.
        Thread goodbye = new Thread(session::close, "goodbye");
        Runtime.getRuntime().addShutdownHook(goodbye);
        try (session) {
            show("SERVED", session.endpoint());
            if (command.isEmpty()) {
                new CountDownLatch(1).await();
            }
            return run(session.endpoint());
        }
    }

    private int run(Endpoint endpoint) throws InterruptedException, IOException {
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().put("CLOUDLET_SERVICE_HOST", endpoint.host());
        builder.environment().put("CLOUDLET_SERVICE_PORT", Integer.toString(endpoint.port()));
        try {
            return builder.start().waitFor();
        } catch (IOException e) {
            throw new IllegalArgumentException("The command cannot be run: " + e.getMessage(), e);
        }
    }

    private void tell(SessionEvent event) {
        show(event.kind().name(), event.endpoint());
    }

    private void show(String what, Endpoint endpoint) {
        if (json) {
            JsonObject object = new JsonObject();
            object.addProperty("event", what.toLowerCase(java.util.Locale.ROOT));
            object.addProperty("host", endpoint.host());
            object.addProperty("port", endpoint.port());
            object.addProperty("cloudlet", endpoint.cloudlet().name());
            output.json(object);
        } else if (command.isEmpty()) {
            output.line(what + " " + endpoint);
        }
    }
}
