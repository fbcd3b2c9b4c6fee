package org.kdcloudlet.server.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.kdcloudlet.server.cli.SerialLine.Ending;

/**
 * Standard input and output at the serial port of an instance, byte by byte. A terminal is raw meanwhile, and {@link #LEAVE} leaves.
 * Other input is sent to its end; what the machine writes is printed for some time after that.
 */
final class SerialSession {
    /** Ctrl-], as of telnet and virsh. */
    private static final byte LEAVE = 0x1d;

    private static final int CHUNK_BYTES = 4096;
    private static final long GREETING_SECONDS = 30;
    private static final long CLOSING_SECONDS = 10;

    private final AdminClient server;
    private final String path;
    private final Duration wait;
    private final InputStream in;
    private final PrintStream out;
    private final PrintStream err;
    /** Completes when the input is at its end, with whether anything of it was not sent. */
    private final CompletableFuture<Boolean> inputEnded = new CompletableFuture<>();

    /**
     * @param path of the instance's resource
     * @param wait how long to go on after the end of input that is no terminal
     */
    SerialSession(AdminClient server, String path, Duration wait) {
        this.server = server;
        this.path = path;
        this.wait = wait;
        this.in = System.in;
        this.out = System.out;
        this.err = System.err;
    }

    /** @throws CommandFailedException when the connection ends in another way than by the machine or who sits here */
    void run(String greeting) {
        Optional<Terminal> terminal = Terminal.find();
        terminal.ifPresent(there -> err.println(greeting));
        try (SerialLine line = server.serial(path + "/console/serial", this::show)) {
            boolean types = types(line);
            if (!types) {
                err.println("You may look only: your role is viewer, and nothing that you type is sent.");
            }
            Optional<Ending> ending;
            try (Terminal raw = terminal.orElse(null)) {
                if (raw != null) {
                    raw.raw();
                }
                begin(line, types, raw != null);
                ending = raw == null ? piped(line) : interactive(line);
            }
            conclude(ending, terminal.isPresent());
        }
    }

    private static boolean types(SerialLine line) {
        CompletableFuture<Boolean> told = line.ended().handle((ending, failure) -> true);
        return await(CompletableFuture.anyOf(line.input(), told), GREETING_SECONDS)
                .map(Boolean.class::cast)
                .orElseThrow(() -> failed("The server did not say whether you may type."));
    }

    private void show(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        out.write(copy, 0, copy.length);
        out.flush();
    }

    private void begin(SerialLine line, boolean types, boolean leaves) {
        Thread reader = new Thread(
                () -> {
                    try {
                        inputEnded.complete(read(line, types, leaves));
                    } catch (IOException e) {
                        inputEnded.completeExceptionally(e);
                    }
                },
                "input");
        reader.setDaemon(true);
        reader.start();
    }

    /** Sends what is read; returns whether there was something that was not sent. */
    private boolean read(SerialLine line, boolean types, boolean leaves) throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        boolean dropped = false;
        for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
            int leave = leaves ? indexOfLeave(chunk, count) : -1;
            int length = leave < 0 ? count : leave;
            dropped |= length > 0 && !types;
            if (length > 0 && types) {
                line.send(chunk, length);
            }
            if (leave >= 0) {
                return dropped;
            }
        }
        return dropped;
    }

    private static int indexOfLeave(byte[] chunk, int count) {
        for (int i = 0; i < count; i++) {
            if (chunk[i] == LEAVE) {
                return i;
            }
        }
        return -1;
    }

    /** @return empty when it was left */
    private Optional<Ending> interactive(SerialLine line) {
        awaitInputOrEnd(line);
        return await(line.ended(), 0);
    }

    /** @return empty when it had not ended some time after the machine took the end of the input */
    private Optional<Ending> piped(SerialLine line) {
        awaitInputOrEnd(line);
        if (!line.ended().isDone()) {
            await(CompletableFuture.anyOf(line.ended(), line.taken()), Long.MAX_VALUE);
        }
        Optional<Ending> ending = await(line.ended(), wait.toSeconds());
        if (!inputEnded.isCompletedExceptionally() && inputEnded.getNow(false)) {
            throw failed("Nothing was sent: that needs the role operator.");
        }
        return ending;
    }

    private void awaitInputOrEnd(SerialLine line) {
        CompletableFuture<Object> first = CompletableFuture.anyOf(line.ended(), inputEnded.exceptionally(e -> false));
        await(first, Long.MAX_VALUE);
        if (inputEnded.isCompletedExceptionally()
                && await(line.ended(), CLOSING_SECONDS).isEmpty()) {
            throw failed("The input could not be read and sent.");
        }
    }

    private void conclude(Optional<Ending> ending, boolean interactive) {
        String reason =
                ending.map(Ending::reason).map(Console::printable).orElse("You have left; the instance goes on");
        if (ending.isPresent() && !ending.get().isNormal()) {
            throw failed("The console was closed: "
                    + (reason.isEmpty() ? "status " + ending.get().status() : reason) + ".");
        }
        if (interactive) {
            err.println(System.lineSeparator() + reason + ".");
        }
    }

    /** Waits for a result; empty when it is not there in time. */
    private static <T> Optional<T> await(CompletableFuture<T> future, long seconds) {
        try {
            return Optional.of(future.get(seconds, TimeUnit.SECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            String why = Optional.ofNullable(e.getCause().getMessage())
                    .map(message -> ": " + message)
                    .orElse("");
            throw failed("The connection to the server was lost, and the instance goes on" + why + ".");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed("Interrupted.");
        }
    }

    private static CommandFailedException failed(String message) {
        return new CommandFailedException(ExitStatus.FAILED, message);
    }
}
