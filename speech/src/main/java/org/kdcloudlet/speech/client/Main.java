package org.kdcloudlet.speech.client;

import java.io.IOException;
import org.kdcloudlet.client.CloudletException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program behind {@code ./cloudlet speech}. */
@Command(
        name = "speech",
        mixinStandardHelpOptions = true,
        description = "Uses the speech recognition service.",
        subcommands = {RecognizeCommand.class, ProbeCommand.class})
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    /** Runs a command and ends the JVM. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** The commands; what fails them is one line on standard error, and status 1. */
    public static CommandLine commandLine() {
        return new CommandLine(new Main()).setExecutionExceptionHandler((failure, command, parsed) -> {
            if (failure instanceof IOException || failure instanceof CloudletException) {
                command.getErr().println("speech: " + sentence(failure));
                return 1;
            }
            throw failure;
        });
    }

    private static String sentence(Exception failure) {
        String text = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        return text.endsWith(".") ? text : "This did not work: " + text + ".";
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command? --help lists them.");
    }
}
