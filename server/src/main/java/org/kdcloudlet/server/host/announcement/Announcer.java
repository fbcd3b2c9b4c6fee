package org.kdcloudlet.server.host.announcement;

import java.util.List;
import org.kdcloudlet.server.host.HostAddresses;

/** One way to announce the cloudlet. Not for several threads at once, but for {@link #states}. */
interface Announcer extends AutoCloseable {
    /** Sees to it that the cloudlet is announced on these interfaces and no others. Called again and again. */
    void announce(List<HostAddresses.Link> links);

    /** Where and as what the cloudlet is announced now. */
    List<Advertisement.State> states();

    /** Withdraws the announcement; it can be announced again later. */
    @Override
    void close();
}
