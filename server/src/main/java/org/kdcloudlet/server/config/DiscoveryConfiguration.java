package org.kdcloudlet.server.config;

import java.util.List;

/**
 * How devices find this cloudlet.
 *
 * @param advertise whether the cloudlet is announced by mDNS
 * @param interfaces network interfaces to announce it on, by name; none stands for all that can do multicast, and for the
 *     loopback interface when there is no other
 */
public record DiscoveryConfiguration(boolean advertise, List<String> interfaces) {
    static DiscoveryConfiguration read(Section section) {
        return new DiscoveryConfiguration(
                section.flag("advertise", true),
                section.texts("interfaces", "[^\\p{Cntrl}\\s/]{1,15}", "the name of a network interface"));
    }
}
