package org.kdcloudlet.hypervisor;

import java.time.Duration;

/**
 * What a machine uses.
 *
 * @param privateBytes memory that is the machine's alone
 * @param cpuTime CPU time used since its start
 * @param diskBytes space that its folder takes, without what it shares with its template
 * @param connections TCP connections that the guest answered and UDP flows, through forwarded ports, open now
 */
public record MachineUsage(long privateBytes, Duration cpuTime, long diskBytes, int connections) {}
