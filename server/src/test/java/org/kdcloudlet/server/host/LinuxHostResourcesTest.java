package org.kdcloudlet.server.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the host has, as Linux tells it. */
class LinuxHostResourcesTest {
    @TempDir
    private Path folder;

    @Test
    void readsMeminfo() throws IOException {
        Path meminfo = Files.writeString(
                folder.resolve("meminfo"), "MemTotal:       24000 kB\nMemFree: 1 kB\nMemAvailable:   12000 kB\n");
        HostResources host = new LinuxHostResources(folder, meminfo);

        assertThat(host.memoryTotal()).isEqualTo(24_000L << 10);
        assertThat(host.memoryAvailable()).isEqualTo(12_000L << 10);
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        Path meminfo = Files.writeString(folder.resolve("meminfo"), "MemTotal: 24000 kB\n");
        HostResources host = new LinuxHostResources(folder, meminfo);

        assertThatThrownBy(host::memoryAvailable)
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("MemAvailable");
    }

    @Test
    void worksOnThisHost() {
        HostResources host = new LinuxHostResources(folder);

        assertThat(host.memoryAvailable()).isPositive().isLessThanOrEqualTo(host.memoryTotal());
        assertThat(host.diskFree()).isPositive();
    }
}
