package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cloudlet settings}: what is configured; some of it can be changed while the server runs. */
@Command(
        name = "settings",
        mixinStandardHelpOptions = true,
        description =
                "Shows the settings of the server, where each comes from, and which can be changed while it runs.",
        subcommands = {SettingsCommand.Set.class, SettingsCommand.Reset.class})
final class SettingsCommand extends AdminCommand {
    @Option(names = "--changeable", description = "Only those that can be changed while the server runs.")
    private boolean changeable;

    @Override
    void run(AdminClient server) {
        JsonNode answer = server.get("/v1/settings");
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode setting : answer.path("settings")) {
            if (!changeable || setting.path("live").asBoolean()) {
                rows.add(List.of(
                        setting.path("key").asText(),
                        setting.path("value").asText(),
                        origin(setting),
                        setting.path("live").asBoolean() ? "yes" : "no"));
            }
        }
        print(answer, console -> console.table(List.of("SETTING", "VALUE", "COMES FROM", "CHANGEABLE"), rows));
    }

    private static String origin(JsonNode setting) {
        String origin = setting.path("origin").asText().replace('_', ' ');
        String place = setting.path("place").asText();
        return origin.equals("file") ? place : origin;
    }

    @Command(
            name = "set",
            mixinStandardHelpOptions = true,
            description = "Changes a setting at once. It holds over restarts, and over the configuration file.")
    static final class Set extends AdminCommand {
        @Parameters(paramLabel = "SETTING", description = "E.g. instances.max.")
        private String key;

        @Parameters(paramLabel = "VALUE", description = "As in the configuration file, without quotes.")
        private String value;

        @Override
        void run(AdminClient server) {
            JsonNode answer = server.put(
                    "/v1/settings/" + segment(key),
                    JsonNodeFactory.instance.objectNode().put("value", value));
            print(
                    answer,
                    console -> console.line(answer.path("key").asText() + " is "
                            + answer.path("value").asText() + " now"));
        }
    }

    @Command(
            name = "reset",
            mixinStandardHelpOptions = true,
            description = "Lets hold again what the configuration file says, or else the default.")
    static final class Reset extends AdminCommand {
        @Parameters(paramLabel = "SETTING")
        private String key;

        @Override
        void run(AdminClient server) {
            JsonNode answer = server.delete("/v1/settings/" + segment(key));
            print(
                    answer,
                    console -> console.line(answer.path("key").asText() + " is "
                            + answer.path("value").asText() + " again"));
        }
    }
}
