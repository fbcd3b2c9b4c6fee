package org.kdcloudlet.hypervisor.qemu.disk;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.kdcloudlet.hypervisor.qemu.host.ProgramSearch;
import org.kdcloudlet.hypervisor.qemu.host.QemuInstallation;
import org.kdcloudlet.hypervisor.qemu.host.ToolRun;

/** Makes small real images with qemu-img: a disk of 8 MiB with 3 MiB of data and a boot sector. */
final class TestImages {
    static final long DISK = 8 << 20;

    final QemuInstallation installation = QemuInstallation.find(ProgramSearch.ofEnvironment());
    private final Path folder;

    TestImages(Path folder) {
        this.folder = folder;
    }

    Path raw() {
        byte[] content = new byte[(int) DISK];
        byte[] data = new byte[3 << 20];
        new Random(7).nextBytes(data);
        System.arraycopy(data, 0, content, 0, data.length);
        content[510] = 0x55;
        content[511] = (byte) 0xaa;
        return write("disk.raw", content);
    }

    /** The same disk in another format. */
    Path make(String format, String... options) {
        Path image = folder.resolve("disk-" + String.join("-", options).replace('/', '_') + "." + format);
        List<String> arguments = new ArrayList<>(List.of("convert", "-f", "raw", "-O", format));
        for (String option : options) {
            arguments.addAll(List.of("-o", option));
        }
        arguments.addAll(List.of(raw().toString(), image.toString()));
        qemuImg(arguments.toArray(String[]::new));
        return image;
    }

    void qemuImg(String... arguments) {
        List<String> command = new ArrayList<>(List.of(installation.image().toString()));
        command.addAll(List.of(arguments));
        ToolRun.Result result = ToolRun.run(command, Duration.ofSeconds(60));
        if (!result.succeeded()) {
            throw new IllegalStateException(command + ": " + result.errors());
        }
    }

    Path write(String name, byte[] content) {
        try {
            return Files.write(folder.resolve(name), content);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static Path truncate(Path image, long length) {
        return change(image, file -> file.setLength(length));
    }

    /** Overwrites bytes, big-endian as qcow2 has them. */
    static Path put(Path image, long offset, long value, int bytes) {
        byte[] all = ByteBuffer.allocate(8).putLong(value).array();
        return change(image, file -> {
            file.seek(offset);
            file.write(all, 8 - bytes, bytes);
        });
    }

    private interface Change {
        void apply(RandomAccessFile file) throws IOException;
    }

    private static Path change(Path image, Change change) {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            change.apply(file);
            return image;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
