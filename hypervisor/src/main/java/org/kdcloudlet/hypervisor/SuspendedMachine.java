package org.kdcloudlet.hypervisor;

import java.time.Instant;

/**
 * A machine whose memory was written to disk.
 *
 * @param request the request that it was started with
 * @param since when it was suspended
 * @param diskBytes space that it takes
 */
public record SuspendedMachine(MachineRequest request, Instant since, long diskBytes) {}
