package org.kdcloudlet.hypervisor;

import java.net.InetAddress;

/** A port of the host that leads into a guest. */
public record PortForward(GuestPort guest, InetAddress hostAddress, int hostPort) {}
