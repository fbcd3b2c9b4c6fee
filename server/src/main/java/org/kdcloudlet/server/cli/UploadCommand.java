package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code cloudlet upload}: files that are on their way. */
@Command(
        name = "upload",
        mixinStandardHelpOptions = true,
        description = "Your uploads that are not finished, or of which nothing was made yet.",
        subcommands = {UploadCommand.ListAll.class, UploadCommand.Remove.class})
final class UploadCommand extends CommandGroup {
    private static final String UPLOADS = "/v1/uploads";

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists them, the newest first.")
    static final class ListAll extends AdminCommand {
        @Override
        void run(AdminClient server) {
            JsonNode answer = server.get(UPLOADS);
            List<List<String>> rows = new ArrayList<>();
            for (JsonNode upload : answer.path("uploads")) {
                rows.add(List.of(
                        upload.path("id").asText(),
                        upload.path("kind").asText(),
                        upload.path("name").asText(),
                        Console.size(upload.path("offset").asLong()),
                        Console.size(upload.path("length").asLong()),
                        upload.path("in_use").asBoolean() ? "yes" : "no",
                        upload.path("expires").asText()));
            }
            print(
                    answer,
                    console ->
                            console.table(List.of("ID", "KIND", "FILE", "ARRIVED", "OF", "IN USE", "EXPIRES"), rows));
        }
    }

    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            description = "Removes one, with what has arrived of it.")
    static final class Remove extends AdminCommand {
        @Parameters(paramLabel = "ID")
        private String id;

        @Override
        void run(AdminClient server) {
            server.delete(UPLOADS + "/" + segment(id));
        }
    }
}
