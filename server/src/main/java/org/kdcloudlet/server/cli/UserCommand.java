package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cloudlet user}: who may use the Manager. */
@Command(
        name = "user",
        mixinStandardHelpOptions = true,
        description = "Administrators: who may use the Manager.",
        subcommands = {
            UserCommand.ListAll.class,
            UserCommand.Add.class,
            UserCommand.Remove.class,
            UserCommand.Password.class,
            UserCommand.SetRole.class,
        })
final class UserCommand extends CommandGroup {
    private static final String PASSWORD_HELP =
            "File whose first line is the password (default: asked for, or read from standard input).";

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the administrators.")
    static final class ListAll extends AdminCommand {
        @Override
        void run(AdminClient server) {
            JsonNode answer = server.get("/v1/users");
            List<List<String>> rows = new ArrayList<>();
            for (JsonNode user : answer.path("users")) {
                rows.add(List.of(
                        user.path("name").asText(),
                        user.path("role").asText(),
                        user.path("created").asText(),
                        user.path("password_changed").asText()));
            }
            print(answer, console -> console.table(List.of("NAME", "ROLE", "CREATED", "PASSWORD SET"), rows));
        }
    }

    /** A command on one administrator. */
    abstract static class OnOne extends AdminCommand {
        @Parameters(paramLabel = "NAME")
        private String name;

        String name() {
            return name;
        }

        String path() {
            return "/v1/users/" + segment(name);
        }

        void show(JsonNode user) {
            print(
                    user,
                    console -> console.properties(List.of(
                            List.of("Name", user.path("name").asText()),
                            List.of("Role", user.path("role").asText()))));
        }
    }

    @Command(name = "add", mixinStandardHelpOptions = true, description = "Adds an administrator.")
    static final class Add extends OnOne {
        @Option(
                names = "--role",
                paramLabel = "ROLE",
                description = "viewer, operator or administrator (default: ${DEFAULT-VALUE}).")
        private String role = "viewer";

        @Option(names = "--password-file", paramLabel = "FILE", description = PASSWORD_HELP)
        private Optional<Path> passwordFile = Optional.empty();

        @Override
        void run(AdminClient server) {
            ObjectNode body = JsonNodeFactory.instance.objectNode();
            body.put("name", name()).put("role", role).put("password", Passwords.read(passwordFile));
            show(server.post("/v1/users", body));
        }
    }

    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            description = "Removes an administrator with all sessions and tokens.")
    static final class Remove extends OnOne {
        @Override
        void run(AdminClient server) {
            server.delete(path());
        }
    }

    @Command(
            name = "password",
            mixinStandardHelpOptions = true,
            description = "Sets an administrator's password and ends all sessions.")
    static final class Password extends OnOne {
        @Option(names = "--password-file", paramLabel = "FILE", description = PASSWORD_HELP)
        private Optional<Path> passwordFile = Optional.empty();

        @Override
        void run(AdminClient server) {
            show(server.patch(
                    path(), JsonNodeFactory.instance.objectNode().put("password", Passwords.read(passwordFile))));
        }
    }

    @Command(name = "role", mixinStandardHelpOptions = true, description = "Gives an administrator another role.")
    static final class SetRole extends OnOne {
        @Parameters(paramLabel = "ROLE", description = "viewer, operator or administrator.")
        private String role;

        @Override
        void run(AdminClient server) {
            show(server.patch(path(), JsonNodeFactory.instance.objectNode().put("role", role)));
        }
    }
}
