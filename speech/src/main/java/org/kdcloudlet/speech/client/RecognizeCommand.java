package org.kdcloudlet.speech.client;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.kdcloudlet.client.CloudletClient;
import org.kdcloudlet.client.Endpoint;
import org.kdcloudlet.client.ServiceSession;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./cloudlet speech recognize}. */
@Command(
        name = "recognize",
        mixinStandardHelpOptions = true,
        description = "Has recordings recognized and prints each one's round trip and words.",
        footer =
                "Exit status: 0; 1 when a recording was not recognized or the service is out of reach; 2 for wrong options.")
final class RecognizeCommand implements Callable<Integer> {
    private static final String SERVICE = "edu.cmu.sei.ams.speech_rec_service";

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "WAV files, or folders: all WAV files in them.")
    private List<Path> files = new ArrayList<>();

    @ArgGroup
    private Where where = new Where();

    @Option(
            names = "--grammar",
            paramLabel = "FILE",
            description = "With --local: a JSGF grammar in place of dictation.")
    private Path grammar;

    @Option(names = "--worker", hidden = true, description = "The program speech-worker, for --local.")
    private Path worker;

    @Spec
    private CommandSpec spec;

    /** One of three places. */
    private static final class Where {
        @Option(
                names = "--service",
                paramLabel = "ID",
                description = "Service of the least loaded cloudlet in reach that has it, started if it does not run"
                        + " (default: " + SERVICE + ").")
        private String service = SERVICE;

        @Option(names = "--address", paramLabel = "HOST:PORT", description = "A service that runs, without a cloudlet.")
        private String address;

        @Option(names = "--local", description = "On this machine, for comparison.")
        private boolean local;
    }

    @Override
    public Integer call() throws IOException {
        List<Path> recordings = recordings();
        if (grammar != null && !where.local) {
            throw new ParameterException(spec.commandLine(), "--grammar needs --local.");
        }
        if (where.local) {
            try (Engine engine = new LocalEngine(worker, Optional.ofNullable(grammar))) {
                return recognize(engine, recordings);
            }
        }
        if (where.address != null) {
            return at(where.address, recordings);
        }
        try (CloudletClient client = CloudletClient.create();
                ServiceSession session = client.session(where.service).open()) {
            Endpoint endpoint = session.endpoint();
            out().println("The service is at " + endpoint);
            try (Engine engine = new RemoteEngine(endpoint.host(), endpoint.port())) {
                return recognize(engine, recordings);
            }
        }
    }

    private int at(String address, List<Path> recordings) throws IOException {
        int colon = address.lastIndexOf(':');
        String port = address.substring(colon + 1);
        if (colon < 1 || !port.matches("[1-9][0-9]{0,4}") || Integer.parseInt(port) > 65_535) {
            throw new ParameterException(spec.commandLine(), "--address takes HOST:PORT, not '" + address + "'.");
        }
        String host = address.substring(0, colon).replaceAll("^\\[(.*)]$", "$1");
        try (Engine engine = new RemoteEngine(host, Integer.parseInt(port))) {
            return recognize(engine, recordings);
        }
    }

    private List<Path> recordings() throws IOException {
        List<Path> recordings = new ArrayList<>();
        for (Path path : files) {
            if (Files.isDirectory(path)) {
                try (Stream<Path> inside = Files.list(path)) {
                    inside.filter(RecognizeCommand::isRecording).sorted().forEach(recordings::add);
                }
            } else if (Files.isRegularFile(path)) {
                recordings.add(path);
            } else {
                throw new ParameterException(spec.commandLine(), "There is no file " + path + ".");
            }
        }
        if (recordings.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "There is no WAV file in " + files + ".");
        }
        return recordings;
    }

    private static boolean isRecording(Path file) {
        return file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".wav") && Files.isRegularFile(file);
    }

    private int recognize(Engine engine, List<Path> recordings) throws IOException {
        int refused = 0;
        int number = 0;
        long total = 0;
        for (Path file : recordings) {
            number++;
            long began = System.nanoTime();
            Reply reply = engine.recognize(file);
            long millis = (System.nanoTime() - began) / 1_000_000;
            total += millis;
            refused += reply.recognized() ? 0 : 1;
            String count =
                    recordings.size() == 1 ? "" : String.format(Locale.ROOT, "%d/%d  ", number, recordings.size());
            out().printf(Locale.ROOT, "%s%s  %d ms  %s%n", count, file.getFileName(), millis, printable(reply.words()));
        }
        if (recordings.size() > 1) {
            out().printf(
                            Locale.ROOT,
                            "%d recordings, %d not recognized, %d ms each%n",
                            number,
                            refused,
                            total / number);
        }
        return refused == 0 ? 0 : 1;
    }

    /** What a service says may hold anything; a terminal gets nothing that would steer it. */
    private static String printable(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}]", "?");
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
