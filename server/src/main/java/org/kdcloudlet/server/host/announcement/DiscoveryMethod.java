package org.kdcloudlet.server.host.announcement;

import java.util.Locale;

/** Who answers multicast DNS for this cloudlet. */
public enum DiscoveryMethod {
    /** avahi-daemon while it runs, else this server. */
    AUTO,
    /** avahi-daemon only; the cloudlet is not announced while it does not run. */
    AVAHI,
    /** This server, whether avahi-daemon runs or not. */
    BUILT_IN,
    /** Nobody: the cloudlet is not announced, and does not look for others. */
    OFF;

    /** As it is written in the configuration, e.g. {@code built-in}. */
    public String configured() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
