package org.kdcloudlet.hypervisor;

/** What a guest may reach by itself. Forwarded ports work with either. */
public enum NetworkAccess {
    /** Nothing: neither the host nor any network. */
    NONE,
    /** Whatever the host reaches, through address translation; the host's own loopback included. */
    OPEN
}
