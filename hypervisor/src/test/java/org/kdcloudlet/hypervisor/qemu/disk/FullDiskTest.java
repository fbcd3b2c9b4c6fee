package org.kdcloudlet.hypervisor.qemu.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.DiskImages.ImageLimits;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.qemu.host.ToolRun;

/** Imports into a file system of 64 MiB that is full, or fills up meanwhile. Mounting one takes root. */
class FullDiskTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    @TempDir
    Path place;

    private Path folder;
    private Path filler;
    private TestImages images;

    @BeforeEach
    void mount() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root may mount a small file system");
        folder = Files.createDirectory(place.resolve("small"));
        filler = folder.resolve("filler");
        images = new TestImages(Files.createDirectory(place.resolve("sources")));
        tool("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder.toString());
    }

    @AfterEach
    void unmount() {
        if (folder != null) {
            tool("umount", folder.toString());
        }
    }

    @Test
    void refusesBeforeCopyingWhatDoesNotFit() throws IOException {
        fill(45);
        HypervisorException failure = failure(images.raw(), Progress.NONE);

        assertThat(failure)
                .hasMessage(
                        "The disk is full: importing the image needs 25 MiB, 19 MiB are free; free some space and try again.");
        assertOnlyTheFillerIsLeft();
    }

    @Test
    void leavesNothingWhenTheDiskFillsUpWhileItCopies() throws IOException {
        failure(images.raw(), fillAt(0));
        assertOnlyTheFillerIsLeft();
    }

    @Test
    void leavesNothingWhenTheDiskFillsUpWhileItConverts() throws IOException {
        // Once all of the copy is there, 1 MiB is left for the 3 MiB of the converted image.
        failure(images.make("vmdk"), fillAt(Files.size(images.make("vmdk"))));
        assertOnlyTheFillerIsLeft();
    }

    private Progress fillAt(long bytes) {
        return (done, total) -> {
            if (done >= bytes && !Files.exists(filler)) {
                try {
                    fill((int) (Files.getFileStore(folder).getUsableSpace() >> 20) - 1);
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            }
        };
    }

    private HypervisorException failure(Path source, Progress progress) {
        HypervisorException failure =
                catchThrowableOfType(HypervisorException.class, () -> new QemuDiskImages(images.installation)
                        .importImage(source, Optional.empty(), folder, new ImageLimits(1L << 30, 1L << 30), progress));
        assertThat(failure.error()).as(failure.getMessage()).isEqualTo(HypervisorError.NO_SPACE);
        return failure;
    }

    private void fill(int mebibytes) throws IOException {
        Files.write(filler, new byte[mebibytes << 20]);
    }

    private void assertOnlyTheFillerIsLeft() {
        assertThat(folder).isDirectoryNotContaining(path -> !path.equals(filler));
    }

    private static void tool(String... command) {
        assertThat(ToolRun.run(List.of(command), DEADLINE).complaint()).isEqualTo("exit status 0");
    }
}
