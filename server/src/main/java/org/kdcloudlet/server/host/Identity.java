package org.kdcloudlet.server.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What this cloudlet is called. Devices keep its credentials under this name, so it must not change by itself.
 *
 * @param name one host name label
 */
public record Identity(String name) {
    private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    private static final String FALLBACK = "cloudlet";

    /** The configured name, else the first label of the kernel's host name, else {@code cloudlet}. */
    public static Identity of(Optional<String> configured) {
        return new Identity(configured
                .or(() -> hostName(Path.of("/proc/sys/kernel/hostname")))
                .orElse(FALLBACK));
    }

    private static Optional<String> hostName(Path file) {
        try {
            String label = Files.readString(file).strip().split("\\.", 2)[0];
            return Optional.of(label).filter(text -> text.matches(LABEL));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
