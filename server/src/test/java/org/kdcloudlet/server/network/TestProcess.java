package org.kdcloudlet.server.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** A process of a test, with those that it started, and what it printed. */
public final class TestProcess {
    private static final long DEADLINE_SECONDS = 60;

    private final Process process;
    private final Path log;

    TestProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Standard output and error so far. */
    public String output() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for its end and returns what it printed. */
    public String finish() {
        await(process.toHandle());
        return output();
    }

    public int exitValue() {
        return process.exitValue();
    }

    /** Ends it in order (SIGTERM) and waits for that. */
    public void end() {
        List<ProcessHandle> all = all();
        all.forEach(ProcessHandle::destroy);
        all.forEach(TestProcess::await);
    }

    /** Ends it without a chance to do anything (SIGKILL). */
    public void kill() {
        List<ProcessHandle> all = all();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(TestProcess::await);
    }

    private List<ProcessHandle> all() {
        return Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
    }

    private static void await(ProcessHandle handle) {
        try {
            handle.onExit().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the process " + handle.pid() + " did not end", e);
        }
    }
}
