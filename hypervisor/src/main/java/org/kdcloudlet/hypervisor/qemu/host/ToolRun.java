package org.kdcloudlet.hypervisor.qemu.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/**
 * Runs one short-lived program to its end: no shell, an empty standard input, a fixed locale, a deadline, and at most 64 KiB
 * kept of each output. Whatever happens - deadline, cancel, interrupt - the program is dead when a method of this class returns.
 */
public final class ToolRun {
    private static final int KEPT_OUTPUT_BYTES = 64 * 1024;
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration OUTPUT_GRACE = Duration.ofSeconds(5);

    private ToolRun() {}

    /**
     * How a program ended.
     *
     * @param status its exit status; 128 and the signal's number when a signal ended it
     * @param output what it wrote to standard output, at most 64 KiB
     * @param errors what it wrote to standard error, at most 64 KiB
     */
    public record Result(int status, String output, String errors) {
        public boolean succeeded() {
            return status == 0;
        }

        /** The last line it wrote to standard error, or its exit status if it said nothing; at most 300 characters. */
        public String complaint() {
            String[] lines = errors.strip().split("\n");
            String last = lines[lines.length - 1].strip();
            if (last.isEmpty()) {
                return "exit status " + status;
            }
            return last.length() > 300 ? last.substring(0, 300) : last;
        }
    }

    /**
     * Runs a program.
     *
     * @param command program and arguments
     * @param deadline by when it must have ended
     * @throws HypervisorException {@link HypervisorError#UNAVAILABLE} if it cannot be started; {@link HypervisorError#TIMEOUT} if it was
     *     killed at the deadline
     */
    public static Result run(List<String> command, Duration deadline) {
        return run(command, deadline, () -> {});
    }

    /**
     * Runs a program and calls back about every 100 ms meanwhile.
     *
     * @param tick what it throws ends the program and is let through
     */
    public static Result run(List<String> command, Duration deadline, Runnable tick) {
        Process process = start(command);
        try {
            process.getOutputStream().close();
            CompletableFuture<String> output = collect(process.getInputStream());
            CompletableFuture<String> errors = collect(process.getErrorStream());
            awaitEnd(process, command, deadline, tick);
            return new Result(process.exitValue(), await(output), await(errors));
        } catch (IOException closeFailed) {
            throw new UncheckedIOException(closeFailed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new HypervisorException(
                    HypervisorError.FAILED, "Interrupted while " + command.get(0) + " ran.", interrupted);
        } finally {
            kill(process);
        }
    }

    private static Process start(List<String> command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().clear();
            builder.environment().put("LC_ALL", "C");
            builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
            return builder.start();
        } catch (IOException failure) {
            throw new HypervisorException(
                    HypervisorError.UNAVAILABLE,
                    "Cannot start " + command.get(0) + ": " + failure.getMessage() + ".",
                    failure);
        }
    }

    private static void kill(Process process) {
        process.destroyForcibly();
        process.onExit()
                .completeOnTimeout(process, OUTPUT_GRACE.toNanos(), TimeUnit.NANOSECONDS)
                .join();
    }

    private static void awaitEnd(Process process, List<String> command, Duration deadline, Runnable tick)
            throws InterruptedException {
        long end = System.nanoTime() + deadline.toNanos();
        while (!process.waitFor(Math.min(TICK.toNanos(), Math.max(0, end - System.nanoTime())), TimeUnit.NANOSECONDS)) {
            if (System.nanoTime() - end >= 0) {
                throw new HypervisorException(
                        HypervisorError.TIMEOUT,
                        command.get(0) + " did not end within " + deadline.toMillis() + " ms.");
            }
            tick.run();
        }
    }

    /** Reads all of a stream, so that the program never blocks on a full pipe, and keeps the beginning. */
    private static CompletableFuture<String> collect(InputStream stream) {
        CompletableFuture<String> text = new CompletableFuture<>();
        Thread reader = new Thread(
                () -> {
                    try (stream) {
                        byte[] kept = stream.readNBytes(KEPT_OUTPUT_BYTES);
                        text.complete(new String(kept, StandardCharsets.UTF_8));
                        stream.transferTo(OutputStream.nullOutputStream());
                    } catch (IOException failure) {
                        // The pipe breaks when the program is killed; whoever waits for the text is told.
                        text.completeExceptionally(failure);
                    }
                },
                "tool-output");
        reader.setDaemon(true);
        reader.start();
        return text;
    }

    private static String await(CompletableFuture<String> text) throws InterruptedException {
        try {
            return text.get(OUTPUT_GRACE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException failure) {
            throw new HypervisorException(HypervisorError.FAILED, "Cannot read what a program wrote.", failure);
        }
    }
}
