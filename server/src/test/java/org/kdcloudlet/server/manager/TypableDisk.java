package org.kdcloudlet.server.manager;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The demo guest with two services more: a web server for {@code /srv}, and a shell of root on its screen, which is blue when the
 * shell has come up and which the command {@code colour} paints. The image that is shipped has neither, so the disk is made of it
 * with Debian's {@code debugfs}, without being mounted.
 */
final class TypableDisk {
    /** Where the guest serves {@code /srv}. */
    static final int WEB_PORT = 8081;

    private TypableDisk() {}

    /** Makes the disk, as a qcow2 file. */
    static Path make(Path folder) throws IOException, InterruptedException {
        DemoDisk disk = new DemoDisk(folder);
        String services = Files.readString(disk.copyOf(DemoDisk.SERVICES));
        disk.write(DemoDisk.SERVICES, services + """
                web 1000 - /bin/busybox httpd -f -p %d -h /srv
                shell 0 - /bin/busybox ash /root/shell
                """.formatted(WEB_PORT));
        disk.write("/root/shell", """
                exec </dev/tty1 >/dev/tty1 2>&1
                colour() { printf '\\033[4%sm\\033[2J\\033[H' "$1"; }
                colour 4
                while read -r line; do eval "$line"; done
                """);
        disk.debugfs("mkdir /srv");
        return disk.image("typable.qcow2");
    }
}
