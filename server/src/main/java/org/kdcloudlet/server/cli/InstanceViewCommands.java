package org.kdcloudlet.server.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.kdcloudlet.server.cli.InstanceCommand.OnOne;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands of {@code cloudlet instance} that look into a machine. */
final class InstanceViewCommands {
    private InstanceViewCommands() {}

    @Command(
            name = "console",
            mixinStandardHelpOptions = true,
            description =
                    "Prints where the Manager shows screen and keyboard, then what the machine writes to its serial"
                            + " port until Ctrl-C.")
    static final class Console extends OnOne {
        @Option(names = "--link", description = "Print the address of the console and nothing more.")
        private boolean linkOnly;

        @Override
        void run(AdminClient server) {
            String id = server.get(path()).path("id").asText();
            String page = "/instances/" + id + "/console";
            if (linkOnly) {
                console().line(ConsoleLink.get(server, page));
                return;
            }
            ConsoleLink.find(server, page).ifPresent(console()::line);
            new LogFollower(server, path(), console()).run();
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
                throw new CommandFailedException(ExitStatus.FAILED, "Cannot write " + file + ": " + e.getMessage());
            }
        }
    }
}
