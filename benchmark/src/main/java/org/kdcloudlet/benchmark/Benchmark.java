package org.kdcloudlet.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code ./cloudlet bench}. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures figures beside their floors in the same run and judges the ratios."
                + " Exit status 1 when one misses its limit.")
public final class Benchmark implements Callable<Integer> {
    @Parameters(
            arity = "0..1",
            description =
                    "start, http, startup, client, pages, manager (pages, and packages of gigabytes), speech, or all of them but the last three: ${COMPLETION-CANDIDATES}",
            paramLabel = "NAME")
    private Group group = Group.all;

    @Option(names = "--image", required = true, description = "The demo guest.")
    private Path image;

    @Option(names = "--speech-image", paramLabel = "FILE", description = "The speech recognition guest, for speech.")
    private Path speechImage = Path.of("target", "images", "speech.qcow2");

    @Option(names = "--jvm-flags", description = "Flags of the JVMs under test, separated by spaces.")
    private String jvmFlags = "";

    @Option(
            names = "--samples",
            description = "Samples of each figure (default: ${DEFAULT-VALUE}; at least 12 for a verdict).")
    private int samples = 12;

    @Option(
            names = "--size",
            paramLabel = "MIB",
            description = "Size of the disk image of manager, in MiB (default: ${DEFAULT-VALUE}).")
    private int sizeMib = 2048;

    @Option(names = "--json", description = "One JSON object a line instead of a table.")
    private boolean json;

    @Option(names = "--csv", description = "File for the raw samples (default: ${DEFAULT-VALUE}).")
    private Path csv = Path.of("target", "bench.csv");

    /** What can be asked for by name. */
    enum Group {
        all,
        start,
        http,
        startup,
        client,
        pages,
        manager,
        speech
    }

    public static void main(String[] arguments) {
        System.exit(new picocli.CommandLine(new Benchmark()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        LoggerFactory.getILoggerFactory(); // before many threads ask for it at once, which it would complain about
        Path folder = Files.createTempDirectory("kdcloudlet-bench");
        try {
            List<String> flags = jvmFlags.isBlank()
                    ? List.of()
                    : Arrays.asList(jvmFlags.trim().split("\\s+"));
            Settings settings = new Settings(image.toAbsolutePath(), folder, flags, samples);
            Report report = new Report(System.out, json);
            if (group == Group.all || group == Group.startup) {
                new StartupFigures(settings, report).run();
            }
            if (group == Group.all || group == Group.http) {
                new HttpFigures(settings, report).run();
            }
            if (group == Group.all || group == Group.start) {
                new StartFigures(settings, report).run();
            }
            if (group == Group.all || group == Group.client) {
                new ClientFigures(settings, report).run();
            }
            if (group == Group.pages || group == Group.manager) {
                new PageFigures(settings, report).run();
            }
            if (group == Group.manager) {
                new ManagerFigures(settings, report, sizeMib).run();
            }
            if (group == Group.speech) {
                new SpeechFigures(settings, speechImage.toAbsolutePath(), report).run();
            }
            report.writeSamples(csv);
            return report.allPass() ? 0 : 1;
        } finally {
            removeTree(folder);
        }
    }

    private static void removeTree(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
