package org.kdcloudlet.server.peer;

import java.util.List;
import java.util.Optional;
import org.kdcloudlet.client.Service;
import org.kdcloudlet.client.SystemInfo;
import org.kdcloudlet.server.host.HostLoad;

/**
 * What another cloudlet answered. Nothing of it is trusted: figures that no host can have make it no answer, and services that
 * are too many, or whose ids are too long or cannot be printed, are left out.
 *
 * @param services their ids
 */
record PeerAnswer(HostLoad load, List<String> services) {
    private static final int MAX_SERVICES = 500;
    private static final int MAX_ID = 128;
    private static final double MAX_MHZ = 1e6;

    /** Empty when the figures are impossible. */
    static Optional<PeerAnswer> of(SystemInfo system, List<Service> services) {
        boolean possible = system.maximumMemory() >= 0
                && system.freeMemory() >= 0
                && system.cores() >= 0
                && isWithin(system.usage(), 100)
                && isWithin(system.speed(), MAX_MHZ)
                && isWithin(system.cache(), Integer.MAX_VALUE);
        HostLoad load = new HostLoad(
                system.maximumMemory(), system.freeMemory(), system.cores(), system.usage(), system.speed(), (long)
                        system.cache());
        List<String> ids = services.stream()
                .map(Service::serviceId)
                .filter(PeerAnswer::isPrintable)
                .limit(MAX_SERVICES)
                .toList();
        return possible ? Optional.of(new PeerAnswer(load, ids)) : Optional.empty();
    }

    private static boolean isWithin(double figure, double max) {
        return figure >= 0 && figure <= max;
    }

    private static boolean isPrintable(String id) {
        return !id.isEmpty() && id.length() <= MAX_ID && id.chars().noneMatch(Character::isISOControl);
    }
}
