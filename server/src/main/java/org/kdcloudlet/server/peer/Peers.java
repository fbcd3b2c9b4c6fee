package org.kdcloudlet.server.peer;

import java.util.List;

/** The other cloudlets in reach. */
public interface Peers {
    /** Those known now, by instance name, without this one. */
    List<Peer> list();
}
