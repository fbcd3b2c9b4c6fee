package org.kdcloudlet.hypervisor.qemu.disk;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.qemu.host.ToolRun;

/**
 * What qemu-img makes of an image whose header we have checked: it has to see the same, and to find all of the image's tables in
 * order. Two readers must agree, since what we understand wrongly QEMU may understand otherwise.
 */
final class ImageInspection {
    /** Exit status of {@code qemu-img check}: space is lost, nothing else. */
    private static final int LEAKS = 3;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ImageSandbox sandbox;

    ImageInspection(ImageSandbox sandbox) {
        this.sandbox = sandbox;
    }

    /**
     * Has the image looked at.
     *
     * @throws org.kdcloudlet.hypervisor.HypervisorException IMAGE_INVALID if qemu-img sees something else, or errors in it
     */
    void inspect(Path image, ImageHeader header, long fileBytes, Runnable tick) {
        ImageSandbox.Limits limits = new ImageSandbox.Limits(timeFor(fileBytes), 0);
        String format = header.format().name().toLowerCase(Locale.ROOT);
        ToolRun.Result info = sandbox.run(
                image,
                Optional.empty(),
                limits,
                tick,
                List.of("info", "--output=json", "-f", format, ImageSandbox.image()));
        if (!info.succeeded()) {
            throw Refusal.invalid("QEMU cannot read the image: %s.", complaint(info));
        }
        compare(info.output(), header, format);
        if (header.format() == DiskFormat.RAW) {
            return;
        }
        ToolRun.Result check = sandbox.run(
                image, Optional.empty(), limits, tick, List.of("check", "-f", format, ImageSandbox.image()));
        if (!check.succeeded() && check.status() != LEAKS) {
            throw Refusal.invalid(
                    "The image is truncated or damaged (%s); copy or download it again, or repair it with qemu-img check -r all.",
                    complaint(check));
        }
    }

    /** What reading or writing so many bytes may take, on a slow disk of a busy host. */
    static Duration timeFor(long bytes) {
        return Duration.ofSeconds(60 + bytes / (10 << 20));
    }

    private static void compare(String info, ImageHeader header, String format) {
        JsonNode node;
        try {
            node = JSON.readTree(info);
        } catch (JsonProcessingException notJson) {
            throw Refusal.invalid("QEMU describes the image in an unknown way: %s.", notJson.getOriginalMessage());
        }
        List<String> differences = new ArrayList<>();
        if (!node.path("format").asText().equals(format)) {
            differences.add("its format");
        }
        // Raw disks and those of converted formats are counted in sectors.
        if ((node.path("virtual-size").asLong() + 511) / 512 != (header.virtualBytes() + 511) / 512) {
            differences.add("the size of its disk");
        }
        JsonNode data = node.path("format-specific").path("data");
        if (node.has("backing-filename") || node.has("full-backing-filename") || data.has("data-file")) {
            differences.add("other files that it names");
        }
        if (node.path("encrypted").asBoolean() || data.path("corrupt").asBoolean()) {
            differences.add("whether it can be read");
        }
        if (!differences.isEmpty()) {
            throw Refusal.invalid(
                    "The image is ambiguous: QEMU sees %s otherwise than its header says; make it anew with qemu-img convert.",
                    String.join(" and ", differences));
        }
    }

    private static String complaint(ToolRun.Result result) {
        String complaint = result.complaint().replaceAll("[^\\x20-\\x7e]", "?");
        return complaint.startsWith("qemu-img: ") ? complaint.substring("qemu-img: ".length()) : complaint;
    }
}
