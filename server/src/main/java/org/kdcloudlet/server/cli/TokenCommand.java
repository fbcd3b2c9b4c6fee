package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cloudlet token}: keys for programs that use the admin REST API over the network. */
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        description = "API tokens: keys for programs.",
        subcommands = {TokenCommand.ListAll.class, TokenCommand.Create.class, TokenCommand.Revoke.class})
final class TokenCommand extends CommandGroup {
    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the tokens, without their secrets.")
    static final class ListAll extends AdminCommand {
        @Override
        void run(AdminClient server) {
            JsonNode answer = server.get("/v1/tokens");
            List<List<String>> rows = new ArrayList<>();
            for (JsonNode token : answer.path("tokens")) {
                rows.add(List.of(
                        token.path("id").asText(),
                        token.path("name").asText(),
                        token.path("role").asText(),
                        token.path("owner").asText("local"),
                        token.path("ends").asText(),
                        token.path("last_used").asText("never")));
            }
            print(answer, console -> console.table(List.of("ID", "NAME", "ROLE", "OWNER", "ENDS", "LAST USED"), rows));
        }
    }

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = "Makes a token and prints its secret, which is shown this once.")
    static final class Create extends AdminCommand {
        @Parameters(paramLabel = "NAME", description = "What it is for.")
        private String name;

        @Option(
                names = "--role",
                paramLabel = "ROLE",
                description = "viewer, operator or administrator (default: ${DEFAULT-VALUE}).")
        private String role = "viewer";

        @Option(
                names = "--days",
                paramLabel = "N",
                description = "For how long it is good, 1 to 366 (default: ${DEFAULT-VALUE}).")
        private int days = 90;

        @Override
        void run(AdminClient server) {
            JsonNode token = server.post(
                    "/v1/tokens",
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("name", name)
                            .put("role", role)
                            .put("days", days));
            print(token, console -> console.line(token.path("secret").asText()));
        }
    }

    @Command(name = "revoke", mixinStandardHelpOptions = true, description = "Removes a token.")
    static final class Revoke extends AdminCommand {
        @Parameters(paramLabel = "ID")
        private String id;

        @Override
        void run(AdminClient server) {
            server.delete("/v1/tokens/" + segment(id));
        }
    }
}
