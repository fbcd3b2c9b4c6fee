package org.kdcloudlet.server.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Who this cloudlet is and where it keeps things.
 *
 * @param name what devices know the cloudlet by, one host name label; empty stands for the host name
 * @param data the folder of everything that the server keeps
 */
public record ServerConfiguration(Optional<String> name, Path data) {
    private static final String LABEL_OR_NOTHING = "|[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

    static ServerConfiguration read(Section section) {
        String name = section.text("name", "", LABEL_OR_NOTHING, "a host name label (letters, digits, inner hyphens)");
        String data = section.text("data", "", "[^\\p{Cntrl}]{0,1024}", "the path of a folder");
        return new ServerConfiguration(
                name.isEmpty() ? Optional.empty() : Optional.of(name),
                data.isEmpty() ? defaultData() : Path.of(data).toAbsolutePath().normalize());
    }

    /** {@code /var/lib/kdcloudlet} for root, else {@code ~/.local/share/kdcloudlet}. */
    public static Path defaultData() {
        return "root".equals(System.getProperty("user.name"))
                ? Path.of("/var/lib/kdcloudlet")
                : Path.of(System.getProperty("user.home"), ".local", "share", "kdcloudlet");
    }
}
