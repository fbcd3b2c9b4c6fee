package org.kdcloudlet.server.config;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.account.AccountSettings;

/**
 * The Cloudlet Manager: its page and the admin REST API over TCP. The Unix socket {@code cloudlet.sock} in the data folder is always
 * there.
 *
 * @param address where it listens; beyond loopback only with TLS
 * @param port TCP port; 0 opens none
 * @param tls whether and with which certificate
 * @param certificate PEM file with the certificate and what leads to its authority, for {@link Tls#FILES}
 * @param key PEM file with its private key, for {@link Tls#FILES}
 * @param hostNames names that requests may address it by, besides IP addresses and the cloudlet's own name
 * @param accounts how long sessions last
 */
public record ManagerConfiguration(
        InetAddress address,
        int port,
        Tls tls,
        Optional<Path> certificate,
        Optional<Path> key,
        List<String> hostNames,
        AccountSettings accounts) {
    /** Where its certificate comes from. */
    public enum Tls {
        /** There is none: plain HTTP. */
        OFF,
        /** From an authority of this cloudlet's own, made when it is first needed. */
        OWN,
        /** From files. */
        FILES
    }

    static ManagerConfiguration read(Section section) {
        ManagerConfiguration read = new ManagerConfiguration(
                section.address("address", "127.0.0.1"),
                section.integer("port", 9998, 0, 65_535),
                section.choice("tls", Tls.OFF),
                file(section, "certificate"),
                file(section, "key"),
                section.texts("host-names", DeviceApiConfiguration.HOST_NAME, "a host name"),
                new AccountSettings(
                        section.live().duration("session-idle", "1h", "1m", "1d"),
                        section.live().duration("session-lifetime", "12h", "5m", "7d")));
        if (read.tls() == Tls.OFF && !read.address().isLoopbackAddress()) {
            section.problem(
                    "address", "must be a loopback address, as 127.0.0.1, unless manager.tls is \"own\" or \"files\"");
        }
        if (read.tls() == Tls.FILES
                && (read.certificate().isEmpty() || read.key().isEmpty())) {
            section.problem("tls", "needs manager.certificate and manager.key when it is \"files\"");
        }
        return read;
    }

    private static Optional<Path> file(Section section, String key) {
        String path = section.text(key, "", "[^\\p{Cntrl}]{0,1024}", "the path of a PEM file");
        return path.isEmpty()
                ? Optional.empty()
                : Optional.of(Path.of(path).toAbsolutePath().normalize());
    }
}
