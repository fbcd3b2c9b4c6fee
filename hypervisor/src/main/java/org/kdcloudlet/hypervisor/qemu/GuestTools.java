package org.kdcloudlet.hypervisor.qemu;

/** What a guest offers to have its clock and identity set. */
enum GuestTools {
    /** Not asked yet. */
    UNKNOWN,
    /** Nothing: no agent answers. */
    NONE,
    /** The agent. */
    AGENT,
    /** The agent, and {@code /usr/lib/kdcloudlet/new-identity}, which sets everything at once. */
    IDENTITY_HOOK,
    /** The identity service at its own port, which does the same several times faster; and perhaps the agent. */
    IDENTITY_SERVICE
}
