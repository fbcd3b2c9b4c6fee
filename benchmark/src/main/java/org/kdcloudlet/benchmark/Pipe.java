package org.kdcloudlet.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Two programs in a pipe, as an operator would type them; with the time that they and the sync of their file took. */
final class Pipe {
    private Pipe() {}

    /** Runs one program to its end. */
    static void run(List<String> command) throws IOException, InterruptedException {
        await(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    /** Seconds that {@code first | second > file} takes. */
    static double into(Path file, List<String> first, List<String> second) throws IOException, InterruptedException {
        ProcessBuilder last = new ProcessBuilder(second).redirectOutput(file.toFile());
        return timed(List.of(new ProcessBuilder(first), last), file);
    }

    /** Seconds that {@code first < file | second} takes, which makes {@code made}. */
    static double from(Path file, Path made, List<String> first, List<String> second)
            throws IOException, InterruptedException {
        ProcessBuilder begin = new ProcessBuilder(first).redirectInput(file.toFile());
        return timed(List.of(begin, new ProcessBuilder(second)), made);
    }

    private static double timed(List<ProcessBuilder> builders, Path made) throws IOException, InterruptedException {
        long began = System.nanoTime();
        for (Process process : ProcessBuilder.startPipeline(builders)) {
            await(process);
        }
        run(List.of("sync", made.toString()));
        return (System.nanoTime() - began) / 1e9;
    }

    private static void await(Process process) throws IOException, InterruptedException {
        if (process.waitFor() != 0) {
            throw new IOException("this failed: " + process.info().commandLine().orElse("a program of the floor"));
        }
    }
}
