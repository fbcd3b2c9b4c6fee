package org.kdcloudlet.server.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line of the Cloudlet Server. {@code run} loads the server and no client, the others the client and no server. */
@Command(
        name = "cloudlet",
        description = "Administers a Cloudlet Server, of this host or elsewhere (--url).",
        mixinStandardHelpOptions = true,
        subcommands = {
            AdminGroup.class,
            AppCommand.class,
            AuditCommand.class,
            BackupCommand.class,
            CompletionCommand.class,
            DemoCommand.class,
            DiscoverCommand.class,
            EventsCommand.class,
            ImageCommand.class,
            InstanceCommand.class,
            OperationCommand.class,
            ServiceCommand.class,
            SettingsCommand.class,
            StatusCommand.class,
            TokenCommand.class,
            UploadCommand.class,
            UserCommand.class,
            VersionCommand.class,
        })
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    Main() {}

    public static void main(String[] arguments) {
        WholeOutput output = new WholeOutput(new FileOutputStream(FileDescriptor.out));
        System.setOut(new PrintStream(output, true, outputCharset()));
        int status = execute(arguments);
        System.exit(output.problem().map(words -> notWhole(words, status)).orElse(status));
    }

    /** As Java takes it for its own, which says so from 18 on. */
    private static Charset outputCharset() {
        return Charset.forName(
                System.getProperty("stdout.encoding", Charset.defaultCharset().name()));
    }

    private static int notWhole(String words, int status) {
        System.err.println("cloudlet: Cannot write all of the output: " + words);
        return status == 0 ? ExitStatus.FAILED : status;
    }

    /** Runs one command and returns its exit status. */
    static int execute(String... arguments) {
        if (arguments.length > 0 && arguments[0].equals("run")) {
            return commandLine(new RunCommand()).execute(Arrays.copyOfRange(arguments, 1, arguments.length));
        }
        return commandLine(new Main()).execute(arguments);
    }

    /** A command, or {@link Main} with all of them, ready to be executed. */
    static CommandLine commandLine(Object command) {
        IExecutionExceptionHandler oneLine = (failure, commandLine, parsed) -> {
            if (failure instanceof CommandFailedException expected) {
                commandLine.getErr().println("cloudlet: " + expected.getMessage());
                return expected.exitStatus();
            }
            throw failure;
        };
        CommandLine commandLine = new CommandLine(command);
        giveVersion(commandLine);
        return commandLine
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(oneLine)
                .setParameterExceptionHandler(Main::wrongUsage);
    }

    /** Has every command answer {@code --version}. */
    private static void giveVersion(CommandLine commandLine) {
        commandLine.getCommandSpec().versionProvider(new VersionCommand.Provider());
        commandLine.getSubcommands().values().forEach(Main::giveVersion);
    }

    private static int wrongUsage(ParameterException problem, String[] arguments) {
        PrintWriter err = problem.getCommandLine().getErr();
        boolean unknownCommand = problem instanceof UnmatchedArgumentException
                && problem.getCommandLine().getParent() == null;
        String name =
                problem.getCommandLine().getCommandSpec().qualifiedName(" ").replaceFirst("^cloudlet", "./cloudlet");
        err.println(
                "cloudlet: " + (unknownCommand ? "There is no command '" + arguments[0] + "'." : problem.getMessage()));
        err.println("See '" + name + " --help'.");
        return ExitStatus.USAGE;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command?");
    }
}
