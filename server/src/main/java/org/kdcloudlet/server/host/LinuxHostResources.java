package org.kdcloudlet.server.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Reads /proc/meminfo and the file system of the data directory. */
public final class LinuxHostResources implements HostResources {
    private final Path meminfo;
    private final Path dataDirectory;

    public LinuxHostResources(Path dataDirectory) {
        this(dataDirectory, Path.of("/proc/meminfo"));
    }

    LinuxHostResources(Path dataDirectory, Path meminfo) {
        this.dataDirectory = Objects.requireNonNull(dataDirectory);
        this.meminfo = Objects.requireNonNull(meminfo);
    }

    @Override
    public long memoryAvailable() {
        return read("MemAvailable:");
    }

    @Override
    public long memoryTotal() {
        return read("MemTotal:");
    }

    @Override
    public long diskFree() {
        try {
            return Files.getFileStore(dataDirectory).getUsableSpace();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the free space of " + dataDirectory, e);
        }
    }

    @Override
    public long diskTotal() {
        try {
            return Files.getFileStore(dataDirectory).getTotalSpace();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the size of the disk of " + dataDirectory, e);
        }
    }

    private long read(String name) {
        try {
            for (String line : Files.readAllLines(meminfo)) {
                if (line.startsWith(name)) {
                    String kib = line.substring(name.length()).replace("kB", "").trim();
                    return Long.parseLong(kib) << 10;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + meminfo, e);
        }
        throw new UncheckedIOException(new IOException(meminfo + " has no line " + name));
    }
}
