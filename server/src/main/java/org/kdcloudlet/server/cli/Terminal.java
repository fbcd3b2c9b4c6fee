package org.kdcloudlet.server.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The terminal that is standard input, whose settings are changed by {@code stty}. They are as they were after {@link #close()} and
 * when the program ends, also by SIGINT, SIGTERM or SIGHUP.
 */
final class Terminal implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 10;

    private final String before;
    private boolean raw;

    private Terminal(String before) {
        this.before = before;
    }

    /** The terminal; empty when standard input is something else. */
    static Optional<Terminal> find() {
        Result settings = stty("-g");
        return settings.status() == 0 ? Optional.of(new Terminal(settings.out().strip())) : Optional.empty();
    }

    /** From now on each key is read as it is, Ctrl-C too, none is shown, and what is written is shown as it is. */
    synchronized void raw() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
        raw = true;
        Result result = stty("raw", "-echo");
        if (result.status() != 0) {
            throw new CommandFailedException(
                    ExitStatus.FAILED,
                    "The terminal cannot be made raw: " + result.out().strip());
        }
    }

    /** Gives the terminal back. Does nothing the second time. */
    @Override
    public synchronized void close() {
        if (raw) {
            raw = false;
            stty(before);
        }
    }

    private record Result(int status, String out) {}

    private static Result stty(String... settings) {
        List<String> command = new ArrayList<>(List.of("stty"));
        command.addAll(List.of(settings));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .redirectErrorStream(true)
                    .start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw failed("it does not end");
            }
            return new Result(process.exitValue(), out);
        } catch (IOException e) {
            throw failed(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed("interrupted");
        }
    }

    private static CommandFailedException failed(String why) {
        return new CommandFailedException(ExitStatus.FAILED, "The program stty cannot be used: " + why);
    }
}
