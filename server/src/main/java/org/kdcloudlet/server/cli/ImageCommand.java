package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cloudlet image}: the disk images of services. */
@Command(
        name = "image",
        mixinStandardHelpOptions = true,
        description = "Disk images of services. ('./cloudlet image build NAME' builds one from a recipe.)",
        subcommands = {
            ImageCommand.Import.class,
            ImageCommand.ListAll.class,
            ImageCommand.Prepare.class,
            ImageCommand.Use.class,
            ImageCommand.Remove.class,
        })
final class ImageCommand extends CommandGroup {
    static final List<String> HEADER =
            List.of("VERSION", "FORMAT", "FILE", "DISK", "TEMPLATE", "CREATED", "SHA-256", "PROBLEM");

    /** A command on the images of one service. */
    abstract static class OnService extends AdminCommand {
        @Parameters(index = "0", paramLabel = "SERVICE")
        private String serviceId;

        String serviceId() {
            return serviceId;
        }

        String path() {
            return "/v1/services/" + segment(serviceId) + "/images";
        }
    }

    /** A command on one version of a service's image. */
    abstract static class OnVersion extends OnService {
        @Parameters(index = "1", paramLabel = "VERSION")
        private int number;

        @Override
        String path() {
            return super.path() + "/" + number;
        }
    }

    @Command(
            name = "import",
            mixinStandardHelpOptions = true,
            description = "Copies an image in as a new version and makes its template, or stores it only.")
    static final class Import extends OnService {
        @Parameters(index = "1", paramLabel = "FILE", description = "The image.")
        private Path file;

        @Option(names = "--from-folder", description = "FILE is the name of a file in the server's import folder.")
        private boolean fromFolder;

        @Mixin
        private ImageUpload image;

        @Override
        void run(AdminClient server) {
            JsonNode operation =
                    fromFolder ? image.take(server, path(), file.toString()) : image.send(server, path(), file);
            String text = image.told(operation, serviceId());
            print(operation, console -> console.line(text));
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the versions of a service's image.")
    static final class ListAll extends OnService {
        @Override
        void run(AdminClient server) {
            JsonNode answer = server.get(path());
            print(answer, console -> console.table(HEADER, rows(answer)));
        }
    }

    /** The versions of an image, one a row below {@link #HEADER}. */
    static List<List<String>> rows(JsonNode answer) {
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode image : answer.path("images")) {
            rows.add(List.of(
                    image.path("number").asText(),
                    image.path("format").asText(),
                    Console.size(image.path("file_bytes").asLong()),
                    Console.size(image.path("virtual_bytes").asLong()),
                    image.path("template").asText(),
                    image.path("created").asText(),
                    image.path("sha256").asText(),
                    image.path("problem").asText("")));
        }
        return rows;
    }

    @Command(
            name = "prepare",
            mixinStandardHelpOptions = true,
            description = {
                "Makes the template of a version if it has none, and has the service use it.",
                "('service prepare' opens a version in a console, to change it by hand.)"
            })
    static final class Prepare extends OnVersion {
        @Override
        void run(AdminClient server) {
            JsonNode operation = new OperationWatch(server).await(server.post(path() + "/prepare"));
            print(operation, console -> console.line("The template is ready."));
        }
    }

    @Command(
            name = "use",
            mixinStandardHelpOptions = true,
            description = "Has new instances started from this version, for instance an older one.")
    static final class Use extends OnVersion {
        @Override
        void run(AdminClient server) {
            JsonNode service = server.post(path() + "/use");
            print(
                    service,
                    console -> console.line("New instances are started from version "
                            + service.path("image_version").asText() + "."));
        }
    }

    @Command(name = "remove", mixinStandardHelpOptions = true, description = "Removes a version that nothing uses.")
    static final class Remove extends OnVersion {
        @Override
        void run(AdminClient server) {
            server.delete(path());
        }
    }
}
