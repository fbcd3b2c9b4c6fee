package org.kdcloudlet.hypervisor;

/** What a guest may reach by itself. Forwarded TCP ports work with either, forwarded UDP ports need {@link #OPEN}. */
public enum NetworkAccess {
    /** Nothing: neither the host nor any network. libslirp drops all that such a guest sends by UDP, answers included. */
    NONE,
    /** Whatever the host reaches, through address translation; the host's own loopback included. */
    OPEN
}
