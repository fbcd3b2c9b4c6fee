package org.kdcloudlet.server.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The figures of a Linux host as its kernel tells them, read from a root folder so that tests can bring files of other
 * machines.
 */
final class ProcFiles {
    /** Taken where the kernel does not tell: some ARM boards and virtual machines. Clients need a number above 0. */
    private static final double UNKNOWN_SPEED_MHZ = 1000;

    private static final long UNKNOWN_CACHE_KIB = 512;
    private static final Pattern FIELD = Pattern.compile("([^:]+?)\\s*:\\s*([0-9.]+)\\s*(kB|KB)?");
    private static final Pattern CACHE_SIZE = Pattern.compile("([0-9]+)([KM])");

    private final Path root;

    ProcFiles(Path root) {
        this.root = root;
    }

    /**
     * Time that all processors together spent since the host started, in clock ticks.
     *
     * @param busy doing something
     * @param total altogether
     */
    record CpuTime(long busy, long total) {
        /** How busy the processors were since an earlier reading, in percent; 0 when no time has passed. */
        double usageSince(CpuTime earlier) {
            long passed = total - earlier.total;
            return passed <= 0 ? 0 : 100.0 * Math.max(0, busy - earlier.busy) / passed;
        }
    }

    /** @throws IOException if the kernel does not tell */
    CpuTime cpuTime() throws IOException {
        String[] fields = Files.readString(root.resolve("proc/stat"))
                .lines()
                .findFirst()
                .orElse("")
                .split("\\s+");
        if (fields.length < 5 || !"cpu".equals(fields[0])) {
            throw new IOException("proc/stat has no line 'cpu'");
        }
        // user nice system idle iowait irq softirq steal; guest time, which follows, is part of user time.
        int last = Math.min(fields.length - 1, 8);
        long total = 0;
        for (int index = 1; index <= last; index++) {
            total += Long.parseLong(fields[index]);
        }
        long idle = Long.parseLong(fields[4]) + (last >= 5 ? Long.parseLong(fields[5]) : 0);
        return new CpuTime(total - idle, total);
    }

    /** @throws IOException if the kernel does not tell */
    long memoryBytes(String field) throws IOException {
        return fields("proc/meminfo", field)
                        .map(Long::parseLong)
                        .findFirst()
                        .orElseThrow(() -> new IOException("proc/meminfo has no " + field))
                * 1024;
    }

    /** The fastest processor's speed as it runs now, else its highest speed, else a guess. */
    double speedMhz() {
        OptionalDouble current = quietly(() -> fields("proc/cpuinfo", "cpu MHz"))
                .mapToDouble(Double::parseDouble)
                .filter(speed -> speed > 0)
                .max();
        if (current.isPresent()) {
            return current.getAsDouble();
        }
        return quietly(() ->
                        Stream.of(Files.readString(root.resolve("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"))
                                .strip()))
                .filter(text -> text.matches("[0-9]{1,12}"))
                .mapToDouble(text -> Long.parseLong(text) / 1000.0)
                .filter(speed -> speed > 0)
                .findFirst()
                .orElse(UNKNOWN_SPEED_MHZ);
    }

    /** The size of the processor's last cache, else a guess. */
    long cacheKib() {
        OptionalLong told = quietly(() -> fields("proc/cpuinfo", "cache size"))
                .mapToLong(Long::parseLong)
                .filter(size -> size > 0)
                .max();
        if (told.isPresent()) {
            return told.getAsLong();
        }
        return Stream.of("index3", "index2", "index1", "index0")
                .flatMap(index -> quietly(() -> Stream.of(
                        Files.readString(root.resolve("sys/devices/system/cpu/cpu0/cache/" + index + "/size")))))
                .flatMap(text -> cacheSize(text.strip()).stream())
                .findFirst()
                .orElse(UNKNOWN_CACHE_KIB);
    }

    private static Optional<Long> cacheSize(String text) {
        Matcher matcher = CACHE_SIZE.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        return Optional.of(Long.parseLong(matcher.group(1)) * ("M".equals(matcher.group(2)) ? 1024 : 1))
                .filter(size -> size > 0);
    }

    private Stream<String> fields(String file, String name) throws IOException {
        List<String> lines = Files.readString(root.resolve(file)).lines().toList();
        return lines.stream()
                .map(FIELD::matcher)
                .filter(matcher -> matcher.matches() && matcher.group(1).equals(name))
                .map(matcher -> matcher.group(2));
    }

    private static Stream<String> quietly(Reading reading) {
        try {
            return reading.read();
        } catch (IOException e) {
            // A file that this kernel does not have is one more way of not telling; callers know what to do then.
            return Stream.empty();
        }
    }

    @FunctionalInterface
    private interface Reading {
        Stream<String> read() throws IOException;
    }
}
