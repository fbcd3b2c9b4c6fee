package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.DiskImages;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.OsFamily;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.Template;

/** The other firmware and the other disk format than the rest of the tests have. */
@ExtendWith(SharedLab.class)
class FirmwareTest {
    private static final MachineSpec UEFI = new MachineSpec(256, 1, OsFamily.LINUX, Firmware.UEFI, DeviceSet.VIRTIO);

    private final QemuLab lab;

    @TempDir
    private Path folder;

    FirmwareTest(QemuLab lab) {
        this.lab = lab;
    }

    @Test
    void aUefiMachineFromARawImageIsBootedFrozenAndCloned() throws Exception {
        DiskImage raw = importAsRaw();
        assertThat(raw.format()).isEqualTo(DiskFormat.RAW);
        Machine first = lab.remember(lab.hypervisor().bootFreezable(request(), raw));

        Template template = lab.hypervisor().freeze(first, QemuLab.READY, 1);
        Machine clone = lab.remember(lab.hypervisor().clone(request(), template));
        clone.awaitReady(QemuLab.READY);

        assertThat(lab.inspect(clone).path("host").asText())
                .isEqualTo(clone.request().hostName());
        assertThat(lab.machineFolder(clone.id()).run(MachineFolder.VARIABLES)).exists();
        clone.stop(StopPolicy.KILL);
        lab.hypervisor().remove(template);
    }

    private static MachineRequest request() {
        return QemuLab.request(UEFI, NetworkAccess.NONE, QemuLab.ports(20_000, 29_999));
    }

    private DiskImage importAsRaw() throws IOException, InterruptedException {
        Path raw = folder.resolve("demo.raw");
        Process convert = new ProcessBuilder(
                        "qemu-img", "convert", "-O", "raw", lab.image().file().toString(), raw.toString())
                .inheritIO()
                .start();
        assertThat(convert.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(convert.exitValue()).isZero();
        return lab.hypervisor()
                .images()
                .importImage(
                        raw,
                        Optional.empty(),
                        Files.createDirectory(folder.resolve("images")),
                        new DiskImages.ImageLimits(1L << 30, 1L << 30),
                        Progress.NONE);
    }
}
