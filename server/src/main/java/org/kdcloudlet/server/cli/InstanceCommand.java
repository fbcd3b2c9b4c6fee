package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cloudlet instance}: running Service VMs. */
@Command(
        name = "instance",
        mixinStandardHelpOptions = true,
        description = "Running Service VMs.",
        subcommands = {
            InstanceCommand.ListAll.class,
            InstanceCommand.Show.class,
            InstanceCommand.Start.class,
            InstanceCommand.Stop.class,
            InstanceCommand.Pause.class,
            InstanceCommand.Resume.class,
            InstanceCommand.Suspend.class,
            InstanceCommand.Wake.class,
            SnapshotCommands.Take.class,
            SnapshotCommands.ListAll.class,
            SnapshotCommands.Restore.class,
            SnapshotCommands.Remove.class,
            InstanceCommand.Save.class,
            InstanceViewCommands.Console.class,
            InstanceViewCommands.Log.class,
            InstanceViewCommands.Screenshot.class,
        })
final class InstanceCommand extends CommandGroup {
    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the instances, failed ones included.")
    static final class ListAll extends AdminCommand {
        @Override
        void run(AdminClient server) {
            JsonNode answer = server.get("/v1/instances");
            List<List<String>> rows = new ArrayList<>();
            for (JsonNode instance : answer.path("instances")) {
                rows.add(List.of(
                        instance.path("id").asText(),
                        instance.path("service_id").asText(),
                        instance.path("state").asText(),
                        instance.path("users").asText(),
                        ports(instance),
                        instance.path("created").asText()));
            }
            print(
                    answer,
                    console -> console.table(List.of("ID", "SERVICE", "STATE", "USERS", "PORTS", "CREATED"), rows));
        }
    }

    /** A command on one instance. */
    abstract static class OnOne extends AdminCommand {
        @Parameters(paramLabel = "ID")
        private String id;

        String path() {
            return "/v1/instances/" + segment(id);
        }

        /** Waits for an operation, which is printed as JSON if that is wanted. */
        void await(AdminClient server, JsonNode operation) {
            JsonNode ended = new OperationWatch(server).await(operation);
            if (isJson()) {
                console().json(ended);
            }
        }

        void show(JsonNode instance) {
            print(instance, console -> console.properties(properties(instance)));
        }
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows one instance.")
    static final class Show extends OnOne {
        @Override
        void run(AdminClient server) {
            show(server.get(path()));
        }
    }

    @Command(name = "start", mixinStandardHelpOptions = true, description = "Starts an instance of a service.")
    static final class Start extends AdminCommand {
        @Parameters(paramLabel = "SERVICE")
        private String serviceId;

        @Option(names = "--join", description = "Take part in a running instance if the service allows it.")
        private boolean join;

        @Override
        void run(AdminClient server) {
            JsonNode instance = server.post(
                    "/v1/instances",
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("service_id", serviceId)
                            .put("join", join));
            print(instance, console -> console.properties(properties(instance)));
        }
    }

    @Command(
            name = "stop",
            mixinStandardHelpOptions = true,
            description = "Stops and removes an instance, whoever uses it.")
    static final class Stop extends OnOne {
        @Override
        void run(AdminClient server) {
            server.delete(path());
        }
    }

    @Command(name = "pause", mixinStandardHelpOptions = true, description = "Halts an instance.")
    static final class Pause extends OnOne {
        @Override
        void run(AdminClient server) {
            show(server.post(path() + "/pause"));
        }
    }

    @Command(name = "resume", mixinStandardHelpOptions = true, description = "Lets a paused instance go on.")
    static final class Resume extends OnOne {
        @Override
        void run(AdminClient server) {
            show(server.post(path() + "/resume"));
        }
    }

    @Command(
            name = "suspend",
            mixinStandardHelpOptions = true,
            description = "Writes an instance to disk with its memory.")
    static final class Suspend extends OnOne {
        @Override
        void run(AdminClient server) {
            show(server.post(path() + "/suspend"));
        }
    }

    @Command(name = "wake", mixinStandardHelpOptions = true, description = "Continues a suspended instance.")
    static final class Wake extends OnOne {
        @Override
        void run(AdminClient server) {
            show(server.post(path() + "/wake"));
        }
    }

    @Command(
            name = "save",
            mixinStandardHelpOptions = true,
            description = "Makes an image of the disk of an instance, which goes on.")
    static final class Save extends OnOne {
        @Option(
                names = "--as",
                paramLabel = "SERVICE",
                description =
                        "Add a service of this id for it, like that of the instance; else it becomes a version of that.")
        private Optional<String> newServiceId = Optional.empty();

        @Override
        void run(AdminClient server) {
            ObjectNode body = JsonNodeFactory.instance.objectNode();
            newServiceId.ifPresent(id -> body.put("service_id", id));
            await(server, server.post(path() + "/save", body));
        }
    }

    private static String ports(JsonNode instance) {
        List<String> ports = new ArrayList<>();
        for (JsonNode port : instance.path("ports")) {
            ports.add(port.path("host_port").asText() + " -> "
                    + port.path("port").asText() + "/" + port.path("protocol").asText());
        }
        return String.join(", ", ports);
    }

    private static List<List<String>> properties(JsonNode instance) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Instance", instance.path("id").asText()));
        rows.add(List.of("Service", instance.path("service_id").asText()));
        rows.add(List.of("State", instance.path("state").asText()));
        rows.add(List.of("Users", instance.path("users").asText()));
        rows.add(List.of("Ports", ports(instance)));
        rows.add(List.of("Started as", instance.path("kind").asText()));
        rows.add(List.of("Image", "version " + instance.path("image_version").asText()));
        rows.add(List.of("Created", instance.path("created").asText()));
        if (instance.path("failure").isObject()) {
            rows.add(List.of("Failed", instance.path("failure").path("reason").asText()));
        }
        return rows;
    }
}
