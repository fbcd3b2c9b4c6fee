package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The reference of the command line names every command and option that there is, and no other. */
class CommandLineReferenceTest {
    private static final Path REFERENCE =
            Path.of(System.getProperty("cloudlet.project")).resolve("docs/reference/command-line.md");
    private static final Pattern HEADING = Pattern.compile("(?m)^#{2,4} (.+)$");
    private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]*");
    private static final String FOR_ALL = "What many commands have in common";
    private static final String DEFINITION = "Options of `service add` and `service edit`";

    /** Commands that the launcher has beside those of the server. */
    private static final List<String> OF_THE_LAUNCHER =
            List.of("setup", "test", "bench", "screenshots", "image build", "speech recognize", "speech probe");

    private final Map<String, CommandSpec> commands = commands();
    private final Map<String, String> sections = sections();

    CommandLineReferenceTest() throws IOException {}

    @Test
    void everyCommandHasItsSection() {
        assertThat(sections.keySet())
                .containsAll(
                        commands.keySet().stream().map(name -> "`" + name + "`").toList());
    }

    @Test
    void everySectionIsOfACommand() {
        assertThat(sections.keySet().stream()
                        .filter(heading -> heading.matches("`.*`"))
                        .map(heading -> heading.replace("`", "")))
                .allMatch(name -> commands.containsKey(name) || OF_THE_LAUNCHER.contains(name));
    }

    @Test
    void everyOptionIsInTheSectionOfItsCommand() {
        List<String> missing = new ArrayList<>();
        commands.forEach((name, command) -> {
            String text = sections.getOrDefault("`" + name + "`", "") + shared(name);
            for (OptionSpec option : command.options()) {
                if (!text.contains("`" + option.longestName())) {
                    missing.add(name + " " + option.longestName());
                }
            }
        });
        assertThat(missing).isEmpty();
    }

    @Test
    void noSectionHasAnOptionThatTheCommandDoesNotKnow() {
        List<String> unknown = new ArrayList<>();
        commands.forEach((name, command) -> tables(sections.getOrDefault("`" + name + "`", ""))
                .filter(option -> command.findOption(option) == null)
                .forEach(option -> unknown.add(name + " " + option)));
        CommandSpec add = commands.get("service add");
        tables(sections.get(DEFINITION))
                .filter(option -> add.findOption(option) == null)
                .forEach(unknown::add);
        assertThat(unknown).isEmpty();
    }

    @Test
    void everyCommandTellsItsVersion() {
        commands.forEach((name, command) ->
                assertThat(command.version()).as(name).containsExactly(org.kdcloudlet.server.Version.current()));
    }

    private String shared(String command) {
        String definition = command.matches("service (add|edit)") ? sections.get(DEFINITION) : "";
        return sections.get(FOR_ALL) + definition;
    }

    /** The options that begin a row of a table. */
    private static Stream<String> tables(String section) {
        return section.lines()
                .filter(line -> line.startsWith("| `--"))
                .map(OPTION::matcher)
                .filter(Matcher::find)
                .map(Matcher::group);
    }

    private static Map<String, CommandSpec> commands() {
        Map<String, CommandSpec> found = new LinkedHashMap<>();
        collect(Main.commandLine(new Main()), Optional.empty(), found);
        collect(Main.commandLine(new RunCommand()), Optional.of("run"), found);
        return found;
    }

    private static void collect(CommandLine command, Optional<String> name, Map<String, CommandSpec> found) {
        name.ifPresent(known -> found.put(known, command.getCommandSpec()));
        command.getSubcommands()
                .forEach((part, below) -> collect(
                        below, Optional.of(name.map(known -> known + " ").orElse("") + part), found));
    }

    private static Map<String, String> sections() throws IOException {
        String text = Files.readString(REFERENCE);
        Map<String, String> found = new LinkedHashMap<>();
        Matcher heading = HEADING.matcher(text);
        int begin = 0;
        String title = "";
        while (heading.find()) {
            found.put(title, text.substring(begin, heading.start()));
            title = heading.group(1);
            begin = heading.end();
        }
        found.put(title, text.substring(begin));
        return found;
    }
}
