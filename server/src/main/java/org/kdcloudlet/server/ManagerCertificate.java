package org.kdcloudlet.server;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.kdcloudlet.server.config.ManagerConfiguration;
import org.kdcloudlet.server.host.HostAddresses;
import org.kdcloudlet.server.host.Identity;
import org.kdcloudlet.server.storage.DataDirectory;
import org.kdcloudlet.server.tls.LiveCertificate;
import org.kdcloudlet.server.tls.OwnAuthority;
import org.kdcloudlet.server.tls.ServerCertificate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate of the Manager, from where the configuration says. While the server runs, one of the own authority is made anew when
 * it is about to expire or this host has other addresses, and files that were replaced are read again.
 */
final class ManagerCertificate {
    private static final Logger LOG = LoggerFactory.getLogger(ManagerCertificate.class);
    private static final Duration LOOK = Duration.ofSeconds(10);

    private ManagerCertificate() {}

    /**
     * @throws org.kdcloudlet.server.error.CloudletException STORAGE_UNUSABLE
     */
    static Optional<LiveCertificate> of(
            ManagerConfiguration settings,
            Identity identity,
            HostAddresses addresses,
            DataDirectory directory,
            Clock clock) {
        return switch (settings.tls()) {
            case OFF -> Optional.empty();
            case FILES -> Optional.of(new LiveCertificate(files(settings), clock));
            case OWN -> Optional.of(new LiveCertificate(own(settings, identity, addresses, directory, clock), clock));
        };
    }

    private static Supplier<ServerCertificate> files(ManagerConfiguration settings) {
        Path certificate = settings.certificate().orElseThrow();
        Path key = settings.key().orElseThrow();
        return () -> ServerCertificate.of(certificate, key);
    }

    private static Supplier<ServerCertificate> own(
            ManagerConfiguration settings,
            Identity identity,
            HostAddresses addresses,
            DataDirectory directory,
            Clock clock) {
        List<String> names = new ArrayList<>(settings.hostNames());
        names.addAll(List.of("localhost", identity.name(), identity.name() + ".local"));
        List<InetAddress> always = new ArrayList<>(List.of(InetAddress.getLoopbackAddress()));
        if (!settings.address().isAnyLocalAddress()) {
            always.add(settings.address());
        }
        OwnAuthority authority = new OwnAuthority(directory.root().resolve("tls"), clock);
        return () -> {
            List<InetAddress> reachable = new ArrayList<>(always);
            addresses.places().forEach(place -> reachable.add(place.address()));
            return authority.server(identity.name(), names, reachable);
        };
    }

    /** Has it looked after until the threads end. */
    static void lookAfter(LiveCertificate certificate, ScheduledExecutorService scheduler) {
        scheduler.scheduleWithFixedDelay(
                () -> {
                    try {
                        certificate.look();
                    } catch (RuntimeException e) {
                        LOG.warn("cannot look after the certificate of the Manager: {}", e.toString());
                    }
                },
                LOOK.toSeconds(),
                LOOK.toSeconds(),
                TimeUnit.SECONDS);
    }
}
