package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads are streamed at both ends: server and command take one that is many times their memory. */
class UploadMemoryTest {
    /** Heap of each JVM; its memory outside of the heap for input and output is as much at most. */
    private static final String HEAP = "-Xmx48m";

    private static final long IMAGE_MIB = 512;
    private static final long GROWTH_MIB = 96;

    @TempDir
    private Path folder;

    @Test
    void anUploadOfManyTimesTheMemoryIsTaken() throws Exception {
        Path image = folder.resolve("image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(IMAGE_MIB << 20);
        }
        try (ServerProcess server = new ServerSetup(folder).jvm(HEAP).start()) {
            server.command("service", "add", "demo", "--port", "8080");
            long before = peakMib(server.pid());
            Program.Ended ended =
                    server.ended(new Program().jvm(HEAP), List.of("image", "import", "demo", image.toString()));
            assertThat(ended.err()).contains("is not a disk image");
            assertThat(ended.status()).isEqualTo(1);
            assertThat(server.command("operation", "list")
                            .at("/operations/0/kind")
                            .asText())
                    .as("what begins when the whole image has arrived")
                    .isEqualTo("image.import");
            assertThat(peakMib(server.pid()) - before).isLessThan(GROWTH_MIB);
            assertThat(folder.resolve("data/uploads")).isEmptyDirectory();
        }
    }

    /** The most memory that a process ever had resident (proc(5), VmHWM). */
    private static long peakMib(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
                .findFirst()
                .orElseThrow();
    }
}
