package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.kdcloudlet.server.cli.InstanceCommand.OnOne;
import org.kdcloudlet.server.error.FileProblem;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** The commands of {@code cloudlet instance} that look into a machine. */
final class InstanceViewCommands {
    private InstanceViewCommands() {}

    @Command(
            name = "console",
            mixinStandardHelpOptions = true,
            description =
                    "Connects the terminal to the machine's serial port, until Ctrl-]. Input that is no terminal is sent"
                            + " to its end.")
    static final class Console extends OnOne {
        @Option(names = "--link", description = "Print the address of the console and nothing more.")
        private boolean linkOnly;

        @Option(
                names = {"-f", "--follow"},
                description = "Print that address, then what the machine writes, until Ctrl-C; send nothing.")
        private boolean followOnly;

        @Option(
                names = "--wait",
                paramLabel = "SECONDS",
                defaultValue = "5",
                description =
                        "How long to go on after the end of input that is no terminal. Default: ${DEFAULT-VALUE}.")
        private int waitSeconds;

        @Override
        void run(AdminClient server) {
            if (waitSeconds < 0) {
                throw new ParameterException(spec().commandLine(), "--wait takes seconds, 0 or more.");
            }
            JsonNode instance = server.get(path());
            String id = instance.path("id").asText();
            String page = "/instances/" + id + "/console";
            if (linkOnly) {
                console().line(ConsoleLink.get(server, page));
                return;
            }
            if (followOnly) {
                ConsoleLink.find(server, page).ifPresent(console()::line);
                new LogFollower(server, path(), console()).run();
                return;
            }
            requireSerialPort(id, instance.path("state").asText());
            String screen = ConsoleLink.find(server, page)
                    .map(link -> System.lineSeparator() + "Its screen: " + link)
                    .orElse("");
            new SerialSession(server, path(), Duration.ofSeconds(waitSeconds))
                    .run("Serial console of instance " + id + "; Ctrl-] leaves it." + screen);
        }

        private static void requireSerialPort(String id, String state) {
            String problem =
                    switch (state) {
                        case "ready", "paused" -> "";
                        case "suspended" -> "it sleeps on disk; './cloudlet instance wake " + id + "' continues it";
                        case "failed" ->
                            "it has failed; './cloudlet instance log " + id + "' shows the last that it wrote";
                        default -> "it is " + state;
                    };
            if (!problem.isEmpty()) {
                throw new CommandFailedException(
                        ExitStatus.FAILED, "The instance has no serial console now: " + problem + ".");
            }
        }
    }

    @Command(name = "log", mixinStandardHelpOptions = true, description = "Prints the last that the machine wrote.")
    static final class Log extends OnOne {
        @Option(
                names = {"-f", "--follow"},
                description = "Go on with what it writes, until Ctrl-C or the end of the instance.")
        private boolean follow;

        @Override
        void run(AdminClient server) {
            if (follow) {
                new LogFollower(server, path(), console()).run();
            } else {
                console().text(new String(server.bytes(path() + "/log"), StandardCharsets.UTF_8));
            }
        }
    }

    @Command(name = "screenshot", mixinStandardHelpOptions = true, description = "Saves what the screen shows as PNG.")
    static final class Screenshot extends OnOne {
        @Parameters(paramLabel = "FILE")
        private Path file;

        @Override
        void run(AdminClient server) {
            byte[] image = server.bytes(path() + "/screenshot");
            try {
                Files.write(file, image);
            } catch (IOException e) {
                throw new CommandFailedException(
                        ExitStatus.FAILED, "Cannot write " + file + ": " + FileProblem.words(e));
            }
        }
    }
}
