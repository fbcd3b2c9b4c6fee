package org.kdcloudlet.client.cli;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.kdcloudlet.client.CloudletException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program {@code cloudlet-client}. Ends with 0, with 1 when something failed, with 2 when it was called wrongly. */
@Command(
        name = "cloudlet-client",
        mixinStandardHelpOptions = true,
        description = "What an app on a device does: finds cloudlets and uses their services.",
        subcommands = {
            FindCommand.class,
            ServicesCommand.class,
            StartCommand.class,
            StopCommand.class,
            RunCommand.class,
            AppsCommand.class,
            GetCommand.class,
            MessagesCommand.class
        })
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    /**
     * Runs a command and ends the JVM.
     *
     * @param arguments see {@code --help}
     */
    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(out, err, arguments));
    }

    /**
     * Runs a command.
     *
     * @param out for results, UTF-8
     * @param err for what went wrong
     * @param arguments see {@code --help}
     * @return the exit status
     */
    public static int run(PrintStream out, PrintStream err, String... arguments) {
        CommandLine commandLine = new CommandLine(new Main(), new Output.Factory(new Output(out)));
        commandLine.setOut(new java.io.PrintWriter(out, true));
        commandLine.setErr(new java.io.PrintWriter(err, true));
        // What follows the service's name belongs to the command that is run.
        commandLine.getSubcommands().get("run").setStopAtPositional(true);
        commandLine.setExecutionExceptionHandler((failure, command, parsed) -> {
            if (failure instanceof CloudletException || failure instanceof IllegalArgumentException) {
                err.println("cloudlet-client: " + failure.getMessage());
                return 1;
            }
            throw failure;
        });
        return commandLine.execute(arguments);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command? --help lists them.");
    }
}
