package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The demo guest with two services more: a web server for {@code /srv}, and a shell of root on its screen, which is blue when the
 * shell has come up and which the command {@code colour} paints. The image that is shipped has neither, so the disk is made of it
 * with Debian's {@code debugfs}, without being mounted.
 */
final class TypableDisk {
    /** Where the guest serves {@code /srv}. */
    static final int WEB_PORT = 8081;

    /** Where the root's partition begins; {@code images/lib/disk.sh} says so. */
    private static final long ROOT_OFFSET = 25L << 20;

    private static final String SERVICES = "/etc/kdcloudlet/services";

    private final Path folder;
    private final Path raw;

    private TypableDisk(Path folder) {
        this.folder = folder;
        this.raw = folder.resolve("typable.raw");
    }

    /** Makes the disk, as a qcow2 file. */
    static Path make(Path folder) throws IOException, InterruptedException {
        TypableDisk disk = new TypableDisk(folder);
        disk.addServices();
        Path image = folder.resolve("typable.qcow2");
        run(List.of("qemu-img", "convert", "-f", "raw", "-O", "qcow2", disk.raw.toString(), image.toString()));
        Files.delete(disk.raw);
        return image;
    }

    private void addServices() throws IOException, InterruptedException {
        run(List.of("qemu-img", "convert", "-O", "raw", System.getProperty("cloudlet.demo.image"), raw.toString()));
        Path services = folder.resolve("services");
        debugfs("dump " + SERVICES + " " + services);
        String more = Files.readString(services) + """
                web 1000 - /bin/busybox httpd -f -p %d -h /srv
                shell 0 - /bin/busybox ash /root/shell
                """.formatted(WEB_PORT);
        Files.writeString(services, more);
        Path shell = Files.writeString(folder.resolve("shell"), """
                exec </dev/tty1 >/dev/tty1 2>&1
                colour() { printf '\\033[4%sm\\033[2J\\033[H' "$1"; }
                colour 4
                while read -r line; do eval "$line"; done
                """);
        debugfs(
                "mkdir /srv",
                "rm " + SERVICES,
                "write " + services + " " + SERVICES,
                "write " + shell + " /root/shell");
        debugfs("dump " + SERVICES + " " + services);
        assertThat(services).hasContent(more);
    }

    private void debugfs(String... commands) throws IOException, InterruptedException {
        Path script = Files.write(folder.resolve("commands"), List.of(commands));
        run(List.of("/sbin/debugfs", "-w", "-f", script.toString(), raw + "?offset=" + ROOT_OFFSET));
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("%s", command).isTrue();
        assertThat(process.exitValue()).as("%s: %s", command, output).isZero();
    }
}
