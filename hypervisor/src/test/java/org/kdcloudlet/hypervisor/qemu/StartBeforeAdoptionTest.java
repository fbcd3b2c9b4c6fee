package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.hypervisor.TemplateKey;

class StartBeforeAdoptionTest {
    @TempDir
    private Path folder;

    @Test
    void nothingStartsBeforeTheMachinesThatRunWereAdopted() {
        try (QemuHypervisor hypervisor = QemuLab.open(folder.resolve("hypervisor"))) {
            DiskImage image = new DiskImage(folder.resolve("none"), DiskFormat.QCOW2, "0".repeat(64), 1, 1);
            Template template =
                    new Template(new TemplateKey("0".repeat(64)), QemuLab.SPEC, image.sha256(), Instant.EPOCH, 1);
            MachineRequest request = QemuLab.request();
            List<ThrowingCallable> starts = List.of(
                    () -> hypervisor.boot(request, image),
                    () -> hypervisor.bootFreezable(request, image),
                    () -> hypervisor.edit(request, template),
                    () -> hypervisor.clone(request, template),
                    () -> hypervisor.discardSuspended(UUID.randomUUID()));

            for (ThrowingCallable start : starts) {
                assertThat(catchThrowableOfType(HypervisorException.class, start)
                                .error())
                        .isEqualTo(HypervisorError.WRONG_STATE);
            }
            hypervisor.adopt();
            assertThat(catchThrowableOfType(HypervisorException.class, () -> hypervisor.clone(request, template))
                            .error())
                    .isEqualTo(HypervisorError.TEMPLATE_INVALID);
        }
    }
}
