package org.kdcloudlet.server.config;

import java.util.List;
import org.kdcloudlet.server.host.announcement.DiscoveryMethod;

/**
 * How devices find this cloudlet.
 *
 * @param method who answers multicast DNS for this cloudlet
 * @param advertise whether the cloudlet is announced; one that is not looks for others nevertheless
 * @param interfaces network interfaces to announce it on, by name; none stands for all that can do multicast, and for the
 *     loopback interface when there is no other
 */
public record DiscoveryConfiguration(DiscoveryMethod method, boolean advertise, List<String> interfaces) {
    public DiscoveryConfiguration {
        interfaces = List.copyOf(interfaces);
    }

    static DiscoveryConfiguration read(Section section) {
        return new DiscoveryConfiguration(
                section.choice("method", DiscoveryMethod.AUTO),
                section.live().flag("advertise", true),
                section.texts("interfaces", "[^\\p{Cntrl}\\s/]{1,15}", "the name of a network interface"));
    }

    /** Whether anybody is to announce this cloudlet. */
    public boolean announces() {
        return advertise && method != DiscoveryMethod.OFF;
    }
}
