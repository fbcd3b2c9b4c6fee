package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.upload.UploadKind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cloudlet app}: the app store. */
@Command(
        name = "app",
        mixinStandardHelpOptions = true,
        description = "The apps that devices may download.",
        subcommands = {
            AppCommand.ListAll.class,
            AppCommand.Add.class,
            AppCommand.Show.class,
            AppCommand.Edit.class,
            AppCommand.Replace.class,
            AppCommand.Download.class,
            AppCommand.Remove.class,
        })
final class AppCommand extends CommandGroup {
    private static final String APPS = "/v1/apps";

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the apps.")
    static final class ListAll extends AdminCommand {
        @Override
        void run(AdminClient server) {
            JsonNode answer = server.get(APPS);
            List<List<String>> rows = new ArrayList<>();
            for (JsonNode app : answer.path("apps")) {
                rows.add(List.of(
                        app.path("package_name").asText(),
                        app.path("name").asText(),
                        app.path("version_name").asText(),
                        app.path("service_id").asText(""),
                        Console.size(app.path("file_bytes").asLong())));
            }
            print(answer, console -> console.table(List.of("PACKAGE", "NAME", "VERSION", "SERVICE", "SIZE"), rows));
        }
    }

    /** Shows an app. */
    abstract static class Showing extends AdminCommand {
        void show(JsonNode app) {
            print(app, console -> console.properties(properties(app)));
        }
    }

    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description = "Publishes an Android package; its name, version and picture are read from it.")
    static final class Add extends Showing {
        @Parameters(paramLabel = "FILE")
        private Path file;

        @Option(names = "--service", paramLabel = "SERVICE", description = "The service that it is a client of.")
        private Optional<String> service = Optional.empty();

        @Option(names = "--description", paramLabel = "TEXT", description = "One line for people.")
        private Optional<String> description = Optional.empty();

        @Option(names = "--tag", paramLabel = "TAG", description = "A tag; can be repeated.")
        private List<String> tags = List.of();

        @Override
        void run(AdminClient server) {
            List<String> query = new ArrayList<>();
            service.ifPresent(value -> query.add("service_id=" + encoded(value)));
            description.ifPresent(value -> query.add("description=" + encoded(value)));
            tags.forEach(tag -> query.add("tag=" + encoded(tag)));
            show(new FileUpload(server, UploadKind.APP).send(APPS + "?" + String.join("&", query), file));
        }

        private static String encoded(String value) {
            return URLEncoder.encode(value, StandardCharsets.UTF_8);
        }
    }

    /** A command on one app. */
    abstract static class OnOne extends Showing {
        @Parameters(index = "0", paramLabel = "APP", description = "Its package name, or its id.")
        private String app;

        /** The path of the app, found by its package name where that is given. */
        String path(AdminClient server) {
            for (JsonNode candidate : server.get(APPS).path("apps")) {
                if (candidate.path("package_name").asText().equals(app)) {
                    return APPS + "/" + candidate.path("id").asText();
                }
            }
            return APPS + "/" + segment(app);
        }
    }

    @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows one app.")
    static final class Show extends OnOne {
        @Override
        void run(AdminClient server) {
            show(server.get(path(server)));
        }
    }

    @Command(name = "edit", mixinStandardHelpOptions = true, description = "Changes what is given, leaves the rest.")
    static final class Edit extends OnOne {
        @Option(
                names = "--service",
                paramLabel = "SERVICE",
                description = "The service that it is a client of; empty for none.")
        private Optional<String> service = Optional.empty();

        @Option(names = "--description", paramLabel = "TEXT", description = "One line for people.")
        private Optional<String> description = Optional.empty();

        @Option(names = "--tag", paramLabel = "TAG", description = "Replaces all tags; can be repeated.")
        private List<String> tags = List.of();

        @Override
        void run(AdminClient server) {
            ObjectNode changes = JsonNodeFactory.instance.objectNode();
            service.ifPresent(value -> changes.put("service_id", value.isEmpty() ? null : value));
            description.ifPresent(value -> changes.put("description", value));
            if (!tags.isEmpty()) {
                tags.forEach(changes.putArray("tags")::add);
            }
            show(server.patch(path(server), changes));
        }
    }

    @Command(
            name = "replace",
            mixinStandardHelpOptions = true,
            description = "Replaces the package of an app by a newer version.")
    static final class Replace extends OnOne {
        @Parameters(index = "1", paramLabel = "FILE")
        private Path file;

        @Option(names = "--older", description = "Take a version that is not newer, too.")
        private boolean older;

        @Override
        void run(AdminClient server) {
            String path = path(server) + "/package" + (older ? "?older=true" : "");
            show(new FileUpload(server, UploadKind.APP).send(path, file));
        }
    }

    @Command(name = "download", mixinStandardHelpOptions = true, description = "Saves the package of an app.")
    static final class Download extends OnOne {
        @Parameters(index = "1", paramLabel = "FILE")
        private Path file;

        @Override
        void run(AdminClient server) {
            server.download(path(server) + "/package", file);
        }
    }

    @Command(name = "remove", mixinStandardHelpOptions = true, description = "Removes an app and its package.")
    static final class Remove extends OnOne {
        @Override
        void run(AdminClient server) {
            server.delete(path(server));
        }
    }

    private static List<List<String>> properties(JsonNode app) {
        List<String> tags = new ArrayList<>();
        app.path("tags").forEach(tag -> tags.add(tag.asText()));
        return List.of(
                List.of("Package", app.path("package_name").asText()),
                List.of("Name", app.path("name").asText()),
                List.of(
                        "Version",
                        app.path("version_name").asText() + " (code "
                                + app.path("version_code").asText() + ")"),
                List.of("Oldest Android", app.path("min_android_version").asText()),
                List.of("Service", app.path("service_id").asText("")),
                List.of("Description", app.path("description").asText()),
                List.of("Tags", String.join(", ", tags)),
                List.of("Size", Console.size(app.path("file_bytes").asLong())),
                List.of("MD5", app.path("md5").asText()),
                List.of("SHA-256", app.path("sha256").asText()),
                List.of("Id", app.path("id").asText()));
    }
}
