package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cloudlet service}: what devices may start here. */
@Command(
        name = "service",
        mixinStandardHelpOptions = true,
        description = "The services that devices may start.",
        subcommands = {
            ServiceCommand.ListAll.class,
            ServiceCommand.Show.class,
            ServiceCommand.Add.class,
            ServiceCommand.Edit.class,
            ServiceCommand.Remove.class,
            ServicePackageCommands.Import.class,
            ServicePackageCommands.Export.class,
            ServiceVersionCommands.Versions.class,
            ServiceVersionCommands.Rollback.class,
            PrepareCommand.class,
        })
final class ServiceCommand extends CommandGroup {
    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the services.")
    static final class ListAll extends AdminCommand {
        @Override
        void run(AdminClient server) {
            JsonNode answer = server.get("/v1/services");
            List<List<String>> rows = new ArrayList<>();
            for (JsonNode service : answer.path("services")) {
                rows.add(List.of(
                        service.path("service_id").asText(),
                        service.path("version").asText(),
                        image(service),
                        pool(service),
                        service.path("description").asText()));
            }
            print(
                    answer,
                    console -> console.table(List.of("SERVICE", "VERSION", "IMAGE", "POOL", "DESCRIPTION"), rows));
        }
    }

    /** A command on one service. */
    abstract static class OnOne extends AdminCommand {
        @Parameters(paramLabel = "SERVICE", description = "Its id, as clients use it.")
        private String serviceId;

        String serviceId() {
            return serviceId;
        }

        String path() {
            return "/v1/services/" + segment(serviceId);
        }

        void show(JsonNode service) {
            print(service, console -> console.properties(properties(service)));
        }
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows one service.")
    static final class Show extends OnOne {
        @Override
        void run(AdminClient server) {
            show(server.get(path()));
        }
    }

    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description = "Adds a service; with --image, imports its image and waits until instances can be cloned.")
    static final class Add extends OnOne {
        @Mixin
        private ServiceOptions options;

        @Option(names = "--image", paramLabel = "FILE", description = "Disk image to import.")
        private Optional<Path> image = Optional.empty();

        @Mixin
        private ImageUpload upload;

        @Override
        void run(AdminClient server) {
            server.post("/v1/services", options.asJson().put("service_id", serviceId()));
            if (image.isPresent()) {
                importOrRemove(server, image.get());
            }
            show(server.get(path()));
        }

        private void importOrRemove(AdminClient server, Path file) {
            try {
                upload.send(server, path() + "/images", file);
            } catch (CommandFailedException e) {
                if (server.get(path() + "/images").path("images").isEmpty()) {
                    server.delete(path());
                }
                throw e;
            }
        }
    }

    @Command(name = "edit", mixinStandardHelpOptions = true, description = "Changes what is given, leaves the rest.")
    static final class Edit extends OnOne {
        @Mixin
        private ServiceOptions options;

        @Option(names = "--id", paramLabel = "ID", description = "A new id.")
        private Optional<String> newId = Optional.empty();

        @Override
        void run(AdminClient server) {
            var changes = options.asJson();
            newId.ifPresent(id -> changes.put("service_id", id));
            show(server.patch(path(), changes));
        }
    }

    @Command(name = "remove", mixinStandardHelpOptions = true, description = "Removes a service with its images.")
    static final class Remove extends OnOne {
        @Option(names = "--force", description = "Stop its instances first.")
        private boolean force;

        @Override
        void run(AdminClient server) {
            server.delete(path() + (force ? "?force=true" : ""));
        }
    }

    private static String image(JsonNode service) {
        return service.path("image_version").isNumber()
                ? "version " + service.path("image_version").asText()
                : "none";
    }

    private static String pool(JsonNode service) {
        JsonNode pool = service.path("pool");
        return pool.isObject()
                ? pool.path("ready").asText() + " of " + pool.path("wanted").asText()
                : "none";
    }

    static List<List<String>> properties(JsonNode service) {
        JsonNode machine = service.path("machine");
        List<String> ports = new ArrayList<>();
        service.path("ports")
                .forEach(port -> ports.add(
                        port.path("port").asText() + "/" + port.path("protocol").asText()));
        List<String> tags = new ArrayList<>();
        service.path("tags").forEach(tag -> tags.add(tag.asText()));
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Service", service.path("service_id").asText()));
        rows.add(List.of("Description", service.path("description").asText()));
        rows.add(List.of("Version", service.path("version").asText()));
        rows.add(List.of("Tags", String.join(", ", tags)));
        rows.add(List.of("Ports", String.join(", ", ports)));
        rows.add(List.of("Users per instance", service.path("num_users").asText()));
        rows.add(List.of(
                "Machine",
                machine.path("memory_mib").asText() + " MiB, "
                        + machine.path("cpus").asText() + (machine.path("cpus").asInt() == 1 ? " CPU, " : " CPUs, ")
                        + machine.path("os_family").asText() + ", "
                        + machine.path("firmware").asText() + ", "
                        + machine.path("device_set").asText()));
        rows.add(List.of("Probe", service.path("probe").path("kind").asText()));
        rows.add(List.of("Network", service.path("network").asText()));
        rows.add(List.of("Image", image(service)));
        rows.add(List.of("Pool", pool(service)));
        if (service.path("attention").isTextual()) {
            rows.add(List.of("Attention", service.path("attention").asText()));
        }
        if (service.path("pool").path("problem").isTextual()) {
            rows.add(
                    List.of("Pool problem", service.path("pool").path("problem").asText()));
        }
        return rows;
    }
}
