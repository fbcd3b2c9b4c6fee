package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The command line of the Cloudlet Server in a JVM of its own.
 *
 * @param wrapper a command that is given that of the JVM as its last arguments, or nothing
 */
public record Program(List<String> jvmFlags, List<String> wrapper, Map<String, String> environment) {
    /** By when a command must have ended. */
    public static final Duration PATIENCE = Duration.ofMinutes(3);

    public Program() {
        this(List.of(), List.of(), Map.of());
    }

    /** The same with another flag of the JVM. */
    public Program jvm(String flag) {
        List<String> flags = new ArrayList<>(jvmFlags);
        flags.add(flag);
        return new Program(flags, wrapper, environment);
    }

    /** What a command did: its exit status, and what it wrote. */
    public record Ended(int status, String out, String err) {}

    /** Starts a command. */
    public Process start(Path out, Path err, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                // As the launcher does; else newer Javas warn of SQLite's library.
                "--enable-native-access=ALL-UNNAMED",
                // The one that is shipped, not that of the tests.
                "-Dlogback.configurationFile=logback.xml"));
        command.addAll(jvmFlags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "org.kdcloudlet.server.cli.Main"));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out.toFile());
        builder.environment().putAll(environment);
        if (out.equals(err)) {
            builder.redirectErrorStream(true);
        } else {
            builder.redirectError(err.toFile());
        }
        return builder.start();
    }

    /**
     * Runs a command to its end.
     *
     * @param folder for what it writes
     */
    public Ended run(Path folder, List<String> arguments) throws IOException, InterruptedException {
        return run(folder, arguments, PATIENCE);
    }

    /** The same by another deadline than {@link #PATIENCE}. */
    public Ended run(Path folder, List<String> arguments, Duration patience) throws IOException, InterruptedException {
        Path out = Files.createTempFile(folder, "command", ".out");
        Path err = Files.createTempFile(folder, "command", ".err");
        Process process = start(out, err, arguments);
        try {
            assertThat(process.waitFor(patience.toSeconds(), TimeUnit.SECONDS))
                    .as("%s ended: %s", arguments, Files.readString(err))
                    .isTrue();
            return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            process.destroyForcibly();
        }
    }
}
