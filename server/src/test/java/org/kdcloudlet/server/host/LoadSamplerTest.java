package org.kdcloudlet.server.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadSamplerTest {
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();

    @TempDir
    private Path root;

    @BeforeEach
    void hostThatTellsLittle() throws IOException {
        write("proc/stat", "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2 3 4\n");
        write("proc/meminfo", "MemTotal:  1000 kB\nMemFree: 10 kB\nMemAvailable:   400 kB\n");
        write("proc/cpuinfo", "processor : 0\nBogoMIPS : 50.00\n");
    }

    @AfterEach
    void stop() {
        scheduler.shutdownNow();
    }

    @Test
    void everyFigureIsUsableWhereTheKernelTellsNeitherSpeedNorCache() {
        try (LoadSampler sampler = sampler()) {
            HostLoad load = sampler.load();
            assertThat(load.speedMhz()).isPositive();
            assertThat(load.cacheKib()).isPositive();
            assertThat(load.cores()).isPositive();
            assertThat(load.totalMemoryBytes()).isEqualTo(1000 * 1024);
            assertThat(load.freeMemoryBytes()).isEqualTo(400 * 1024);
            assertThat(load.usagePercent()).isEqualTo(20.0);
        }
    }

    @Test
    void speedAndCacheAreWhatTheKernelTells() throws IOException {
        write("proc/cpuinfo", "cpu MHz\t\t: 2599.998\ncache size\t: 491520 KB\ncpu MHz\t\t: 1200.000\n");
        try (LoadSampler sampler = sampler()) {
            assertThat(sampler.load().speedMhz()).isEqualTo(2599.998);
            assertThat(sampler.load().cacheKib()).isEqualTo(491_520);
        }
    }

    @Test
    void speedAndCacheAreFoundInSysWhereCpuinfoHasNone() throws IOException {
        write("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "1500000\n");
        write("sys/devices/system/cpu/cpu0/cache/index2/size", "2M\n");
        try (LoadSampler sampler = sampler()) {
            assertThat(sampler.load().speedMhz()).isEqualTo(1500);
            assertThat(sampler.load().cacheKib()).isEqualTo(2048);
        }
    }

    @Test
    void usageIsThatOfTheLastPeriodOverAllCoresAndBelowOneHundred() throws IOException {
        try (LoadSampler sampler = sampler()) {
            write("proc/stat", "cpu  600 0 100 700 100 0 0 0 0 0\n");
            sampler.sample();
            assertThat(sampler.load().usagePercent()).isEqualTo(99.9);
        }
    }

    @Test
    void whatCannotBeMeasuredKeepsItsLastValue() throws IOException {
        try (LoadSampler sampler = sampler()) {
            HostLoad before = sampler.load();
            write("proc/stat", "cpu  x y z 1 2\n");
            write("proc/meminfo", "MemTotal: 5 kB\nMemAvailable: 5 kB\n");
            sampler.sample();
            assertThat(sampler.load().totalMemoryBytes()).isEqualTo(before.totalMemoryBytes());
        }
    }

    @Test
    void samplesByItself() throws IOException {
        try (LoadSampler sampler = LoadSampler.start(root, scheduler, Duration.ofMillis(10))) {
            write("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 300 kB\n");
            Awaitility.await().until(() -> sampler.load().freeMemoryBytes() == 300 * 1024);
        }
    }

    @Test
    void thisHostIsMeasured() {
        try (LoadSampler sampler = LoadSampler.start(scheduler, Duration.ofSeconds(1))) {
            HostLoad load = sampler.load();
            assertThat(load.totalMemoryBytes()).isGreaterThan(load.freeMemoryBytes());
            assertThat(load.freeMemoryBytes()).isPositive();
            assertThat(load.usagePercent()).isBetween(0.0, 99.9);
        }
    }

    private LoadSampler sampler() {
        return LoadSampler.start(root, scheduler, Duration.ofHours(1));
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Path temporary = Files.writeString(root.resolve("temporary"), text);
        Files.move(
                temporary,
                path,
                java.nio.file.StandardCopyOption.ATOMIC_MOVE,
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
}
