package org.kdcloudlet.hypervisor;

/** Transport protocol of a forwarded port. */
public enum Protocol {
    TCP,
    UDP
}
