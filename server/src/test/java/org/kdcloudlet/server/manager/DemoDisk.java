package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The disk of the demo guest, to be changed for a test with Debian's {@code debugfs}, without being mounted. */
final class DemoDisk {
    /** What the guest starts; see {@code images/lib/guest/services.h}. */
    static final String SERVICES = "/etc/kdcloudlet/services";

    /** Where the root's partition begins; {@code images/lib/disk.sh} says so. */
    private static final long ROOT_OFFSET = 25L << 20;

    private final Path folder;
    private final Path raw;

    /** @param folder for what it needs, which is the caller's to remove */
    DemoDisk(Path folder) throws IOException, InterruptedException {
        this.folder = folder;
        this.raw = folder.resolve("demo.raw");
        run(List.of("qemu-img", "convert", "-O", "raw", System.getProperty("cloudlet.demo.image"), raw.toString()));
    }

    /** Takes a file out; the copy has the same last name and is in the folder. */
    Path copyOf(String file) throws IOException, InterruptedException {
        Path copy = folder.resolve(Path.of(file).getFileName());
        debugfs("dump " + file + " " + copy);
        return copy;
    }

    /** Writes a file in place of what is there. */
    void write(String file, String content) throws IOException, InterruptedException {
        Path source = Files.writeString(folder.resolve("content"), content);
        debugfs("rm " + file, "write " + source + " " + file);
        assertThat(copyOf(file)).hasContent(content);
    }

    /** Has debugfs do what it reads; it fails for nothing that goes wrong in that. */
    void debugfs(String... commands) throws IOException, InterruptedException {
        Path script = Files.write(folder.resolve("commands"), List.of(commands));
        run(List.of("/sbin/debugfs", "-w", "-f", script.toString(), raw + "?offset=" + ROOT_OFFSET));
    }

    /** Ends with it: the disk as a qcow2 file. */
    Path image(String name) throws IOException, InterruptedException {
        Path image = folder.resolve(name);
        run(List.of("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw.toString(), image.toString()));
        Files.delete(raw);
        return image;
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("%s", command).isTrue();
        assertThat(process.exitValue()).as("%s: %s", command, output).isZero();
    }
}
