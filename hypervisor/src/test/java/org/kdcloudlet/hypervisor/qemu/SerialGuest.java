package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.DiskImages;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.qemu.disk.QemuDiskImages;

/**
 * A guest that talks at its serial port, as nobody does in the demo guest: a boot sector, loaded at 0x7c00, that prompts, shows what is
 * typed, and answers a line with the same letters in the other case. It keeps the last 256 characters of a line.
 */
final class SerialGuest {
    private static final String[] PROGRAM = {
        "fa 31c0 8ed8 8ec0 8ed0 bc007c fc", // cli / ax = ds = es = ss = 0 / sp = 0x7c00 / cld
        "be707c e83400", //            mov si, prompt / call print
        "bf0080", //            line:  mov di, 0x8000
        "e84a00 3c0d 740a", //   next: call get / cmp al, 13 / je answer
        "aa 81e7ff80", //              stosb / and di, 0x80ff
        "e82d00 ebef", //              call put / jmp next
        "c60500", //           answer: mov byte [di], 0
        "be757c e81700", //            mov si, reply / call print
        "be0080", //                   mov si, 0x8000
        "ac 84c0 7407", //       flip: lodsb / test al, al / jz done
        "3420 e81500 ebf4", //         xor al, 0x20 / call put / jmp flip
        "be707c e80200 ebcc", // done: mov si, prompt / call print / jmp line
        "ac 84c0 7405", //      print: lodsb / test al, al / jz printed
        "e80300 ebf6 c3", //           call put / jmp print / printed: ret
        "88c4 bafd03", //         put: mov ah, al / mov dx, 0x3fd             line status of the 16550A
        "ec a820 74fb", //       full: in al, dx / test al, 0x20 / jz full    until it takes a byte
        "baf803 88e0 ee c3", //        mov dx, 0x3f8 / mov al, ah / out dx, al / ret
        "bafd03", //              get: mov dx, 0x3fd
        "ec a801 74fb", //       none: in al, dx / test al, 1 / jz none       until it has one
        "baf803 ec c3", //             mov dx, 0x3f8 / in al, dx / ret
    };

    private static final String PROMPT = "\r\n> ";
    private static final int PROMPT_AT = 0x70;
    private static final int SECTOR = 512;
    private static final int DISK_BYTES = 1 << 20;

    private SerialGuest() {}

    /** Its disk, imported into a new folder. */
    static DiskImage image(Path folder) throws IOException {
        ByteBuffer disk = ByteBuffer.allocate(DISK_BYTES);
        disk.put(HexFormat.of().parseHex(String.join("", PROGRAM).replace(" ", "")));
        disk.position(PROMPT_AT).put("\r\n> \0\r\nanswer: \0".getBytes(StandardCharsets.US_ASCII));
        disk.put(SECTOR - 2, (byte) 0x55).put(SECTOR - 1, (byte) 0xaa);
        Path raw = Files.write(Files.createDirectory(folder).resolve("serial.raw"), disk.array());
        return new QemuDiskImages(QemuLab.platform().installation())
                .importImage(
                        raw,
                        Optional.of(DiskFormat.RAW),
                        folder,
                        new DiskImages.ImageLimits(1L << 30, 1L << 30),
                        Progress.NONE);
    }

    /** Waits until the guest prompts: it does for whoever presses Return, also when the last prompt was written to nobody. */
    static void awaitPrompt(ByteChannel console) {
        CompletableFuture<Void> prompted = CompletableFuture.runAsync(() -> {
            try {
                readUntil(console, PROMPT);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> {
                    if (!prompted.isDone()) {
                        console.write(StandardCharsets.US_ASCII.encode("\r"));
                    }
                    return prompted.isDone();
                });
        prompted.join();
    }

    /** Types a line that the guest has not seen, and waits for its answer. */
    static void assertAnswers(ByteChannel console) throws IOException {
        String word = UUID.randomUUID().toString().replaceAll("[-0-9]", "") + "xyz";
        console.write(StandardCharsets.US_ASCII.encode(word + "\r"));
        readUntil(console, word + "\r\nanswer: " + word.toUpperCase(Locale.ROOT) + "\r\n> ");
    }

    /** Waits for the first that the guest writes. */
    static void awaitFirstPrompt(ByteChannel console) throws IOException {
        readUntil(console, PROMPT);
    }

    private static void readUntil(ByteChannel console, String end) throws IOException {
        StringBuilder shown = new StringBuilder();
        ByteBuffer some = ByteBuffer.allocate(4096);
        while (!shown.toString().endsWith(end)) {
            assertThat(console.read(some.clear())).as("after " + shown).isPositive();
            shown.append(StandardCharsets.ISO_8859_1.decode(some.flip()));
        }
    }
}
