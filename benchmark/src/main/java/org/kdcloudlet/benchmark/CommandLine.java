package org.kdcloudlet.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The product's own command line, run as an operator would run it, each command in a JVM of its own. */
final class CommandLine {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path data;

    /** Speaks to the server whose data directory is {@code data}. */
    CommandLine(Path data) {
        this.data = data;
    }

    /** Runs a command with {@code --json} and returns what it printed. */
    JsonNode run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ServerProcess.MAIN));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--data", data.toString(), "--json"));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        JsonNode answer = JSON.readTree(process.getInputStream());
        if (process.waitFor() != 0) {
            throw new IOException("this command failed: cloudlet " + String.join(" ", arguments));
        }
        return answer;
    }
}
