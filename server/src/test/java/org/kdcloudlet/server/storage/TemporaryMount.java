package org.kdcloudlet.server.storage;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A small file system in memory, for tests of what happens when the disk is full. Mounting takes root. */
public final class TemporaryMount implements AutoCloseable {
    private final Path path;
    private final boolean mounted;

    private TemporaryMount(Path path, boolean mounted) {
        this.path = path;
        this.mounted = mounted;
    }

    public static TemporaryMount of(Path folder, String size) throws IOException {
        Path path = Files.createDirectory(folder.resolve("mount"));
        return new TemporaryMount(path, run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", path.toString()));
    }

    public boolean mounted() {
        return mounted;
    }

    public Path path() {
        return path;
    }

    public void remount(String option) throws IOException {
        if (!run("mount", "-o", "remount," + option, path.toString())) {
            throw new IOException("Cannot remount " + path);
        }
    }

    /** Writes a file until nothing more goes in. */
    public void fill() throws IOException {
        try (OutputStream out = Files.newOutputStream(path.resolve("filler"))) {
            byte[] block = new byte[512];
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            if (!String.valueOf(full.getMessage()).contains("No space left")) {
                throw full;
            }
        }
    }

    public void free() throws IOException {
        Files.delete(path.resolve("filler"));
    }

    private static boolean run(String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        if (mounted && !run("umount", "-l", path.toString())) {
            throw new IOException("Cannot unmount " + path);
        }
    }
}
