package org.kdcloudlet.speech.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./cloudlet speech probe}. */
@Command(
        name = "probe",
        mixinStandardHelpOptions = true,
        description = "Writes the beginning of a recording as a request, for 'service add --probe \"exchange:@OUTPUT:"
                + ProbeRequest.EXPECTED + "\"': what waits in the pool has then recognized it.",
        footer = "Exit status: 0; 1 when the file is no recording or cannot be written; 2 for wrong options.")
final class ProbeCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FILE", description = "A WAV file.")
    private Path recording;

    @Parameters(index = "1", paramLabel = "OUTPUT", description = "The file to write.")
    private Path output;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "How much of it, 0.1 to 2 (default: ${DEFAULT-VALUE}).")
    private double seconds = 1;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (!(seconds >= 0.1 && seconds <= ProbeRequest.LONGEST.toSeconds())) {
            throw new ParameterException(spec.commandLine(), "--seconds takes 0.1 to 2.");
        }
        if (!Files.isRegularFile(recording)) {
            throw new ParameterException(spec.commandLine(), "There is no file " + recording + ".");
        }
        Files.write(output, ProbeRequest.beginning(recording, Duration.ofMillis(Math.round(seconds * 1000))));
        return 0;
    }
}
