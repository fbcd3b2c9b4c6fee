package org.kdcloudlet.server.peer;

/** What is known of another cloudlet's device API. */
public enum PeerState {
    /** It was not asked yet. */
    NEW,
    /** It answered when it was last asked. */
    ANSWERING,
    /** It is announced, but did not answer when it was last asked, or not as a cloudlet does. */
    SILENT,
    /** It answers paired devices only, so it is not asked. */
    ENCRYPTED
}
