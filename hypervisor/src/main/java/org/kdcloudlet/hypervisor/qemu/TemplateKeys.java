package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.kdcloudlet.hypervisor.Accelerator;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.hypervisor.qemu.host.OvmfFirmware;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;

/** Computes what templates are known by. Two keys are equal only if a clone of the one template runs wherever one of the other does. */
final class TemplateKeys {
    private final String environment;

    TemplateKeys(QemuPlatform platform) {
        try {
            this.environment = digest(
                    "revision " + QemuCommandLine.REVISION,
                    "qemu " + platform.installation().version() + " "
                            + Files.getLastModifiedTime(platform.installation().system()),
                    "machines " + platform.machineType(DeviceSet.VIRTIO) + " " + platform.machineType(DeviceSet.LEGACY),
                    "accelerator " + platform.accelerator(),
                    "cpu " + platform.cpuModel() + " " + hostCpu(platform.accelerator()),
                    "ovmf " + firmware(platform));
        } catch (IOException e) {
            throw Failures.of("Could not look at QEMU and the CPU of this host", e);
        }
    }

    /** What templates depend on of this host, as a digest. */
    String environment() {
        return environment;
    }

    /** The key of a template made of an image. */
    TemplateKey of(String image, MachineSpec spec) {
        return new TemplateKey(digest("image " + image, environment, spec.toString()));
    }

    /** The key of a template made by editing another, by way of a machine. */
    TemplateKey ofEdited(TemplateKey original, UUID machine) {
        return new TemplateKey(digest("edited " + original.value(), "by " + machine));
    }

    /** The translator shows the same CPU everywhere; KVM shows the host's own. */
    private static String hostCpu(Accelerator accelerator) throws IOException {
        return switch (accelerator) {
            case TCG -> "";
            case KVM ->
                Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                        .takeWhile(line -> !line.isBlank())
                        .filter(line -> Stream.of("model name", "stepping", "microcode", "flags")
                                .anyMatch(line::startsWith))
                        .collect(Collectors.joining("\n"));
        };
    }

    private static String firmware(QemuPlatform platform) throws IOException {
        if (platform.installation().ovmf().isEmpty()) {
            return "none";
        }
        OvmfFirmware firmware = platform.installation().ovmf().get();
        return Files.size(firmware.code()) + " " + Files.getLastModifiedTime(firmware.code());
    }

    private static String digest(String... parts) {
        try {
            byte[] text = String.join("\n", parts).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
