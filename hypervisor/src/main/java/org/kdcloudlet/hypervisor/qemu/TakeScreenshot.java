package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;
import org.kdcloudlet.hypervisor.qemu.protocol.Json;

/** Has QEMU draw the guest's screen into a file, and reads that. */
final class TakeScreenshot {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int MAX_BYTES = 64 << 20;
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    private final RunningQemu qemu;

    TakeScreenshot(RunningQemu qemu) {
        this.qemu = qemu;
    }

    byte[] run() {
        qemu.qmp()
                .execute(
                        "screendump",
                        Json.object().put("filename", MachineFolder.SCREENSHOT).put("format", "png"),
                        DEADLINE);
        try (FileChannel file = qemu.folder().openMadeByQemu(MachineFolder.SCREENSHOT)) {
            ByteBuffer image = ByteBuffer.allocate((int) Math.min(MAX_BYTES, file.size()));
            while (image.hasRemaining() && file.read(image) >= 0) {
                // until the end of the file
            }
            byte[] png = Arrays.copyOf(image.array(), image.position());
            if (!Arrays.equals(png, 0, Math.min(png.length, PNG.length), PNG, 0, PNG.length)) {
                throw new HypervisorException(HypervisorError.FAILED, "QEMU drew no PNG");
            }
            Files.deleteIfExists(qemu.folder().run(MachineFolder.SCREENSHOT));
            return png;
        } catch (IOException e) {
            throw Failures.of("Could not read the screenshot", e);
        }
    }
}
