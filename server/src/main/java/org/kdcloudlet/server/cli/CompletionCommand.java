package org.kdcloudlet.server.cli;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code cloudlet completion}: has a shell complete commands and options. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = "Prints a script by which a shell completes commands and options.")
final class CompletionCommand implements Callable<Integer> {
    private static final List<String> KNOWN = List.of("bash", "zsh");

    /** The shells that are known. */
    static final class Shells implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return KNOWN.iterator();
        }
    }

    @Parameters(paramLabel = "SHELL", completionCandidates = Shells.class, description = "${COMPLETION-CANDIDATES}.")
    private String shell;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (!KNOWN.contains(shell)) {
            throw new ParameterException(spec.commandLine(), "There is a script for " + String.join(" and ", KNOWN));
        }
        CommandLine all = spec.root().commandLine();
        if (!all.getSubcommands().containsKey("run")) {
            all.addSubcommand("run", new RunCommand());
        }
        nameFiles(all);
        // One script is for both: in zsh it loads bash's way of completing first.
        System.out.print(AutoComplete.bash("cloudlet", all));
        return 0;
    }

    /** Has file names offered for options that may be left out, too: picocli does so for the type Path alone. */
    private static void nameFiles(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        for (OptionSpec option : List.copyOf(spec.options())) {
            if (option.typeInfo().isOptional() && option.auxiliaryTypes()[0] == Path.class) {
                spec.remove(option);
                spec.addOption(
                        OptionSpec.builder(option.names()).type(Path.class).build());
            }
        }
        command.getSubcommands().values().forEach(CompletionCommand::nameFiles);
    }
}
