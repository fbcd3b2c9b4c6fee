package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code cloudlet service versions} and {@code rollback}: what a service was started from before. */
final class ServiceVersionCommands {
    private ServiceVersionCommands() {}

    @Command(
            name = "versions",
            mixinStandardHelpOptions = true,
            description = "Lists the versions of a service's image, like 'image list'.")
    static final class Versions extends AdminCommand {
        @Parameters(paramLabel = "SERVICE", description = "Its id, as clients use it.")
        private String serviceId;

        @Override
        void run(AdminClient server) {
            JsonNode answer = server.get("/v1/services/" + segment(serviceId) + "/images");
            print(answer, console -> console.table(ImageCommand.HEADER, ImageCommand.rows(answer)));
        }
    }

    @Command(
            name = "rollback",
            mixinStandardHelpOptions = true,
            description = "Has new instances started from the version before the present one, or from the one given.")
    static final class Rollback extends AdminCommand {
        @Parameters(index = "0", paramLabel = "SERVICE", description = "Its id, as clients use it.")
        private String serviceId;

        @Parameters(index = "1", arity = "0..1", paramLabel = "VERSION", description = "The version to go back to.")
        private Optional<Integer> version = Optional.empty();

        @Override
        void run(AdminClient server) {
            String path = "/v1/services/" + segment(serviceId);
            int number = version.orElseGet(() -> before(server, path));
            JsonNode service = server.post(path + "/images/" + number + "/use");
            print(service, console -> console.line("New instances are started from version " + number + "."));
        }

        private int before(AdminClient server, String path) {
            int current = server.get(path).path("image_version").asInt(0);
            OptionalInt older = OptionalInt.empty();
            for (JsonNode image : server.get(path + "/images").path("images")) {
                int number = image.path("number").asInt();
                if (number < current && !image.path("broken").asBoolean() && number > older.orElse(0)) {
                    older = OptionalInt.of(number);
                }
            }
            return older.orElseThrow(() -> new CommandFailedException(
                    ExitStatus.FAILED,
                    "There is no version before the present one; './cloudlet service versions " + serviceId
                            + "' lists them."));
        }
    }
}
