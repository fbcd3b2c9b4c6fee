package org.kdcloudlet.hypervisor;

import java.time.Duration;

/**
 * How long each way of stopping a machine may take before the next one is tried; zero leaves one out.
 *
 * @param agent for the shutdown by the guest agent
 * @param powerButton for the shutdown by the ACPI power button
 */
public record StopPolicy(Duration agent, Duration powerButton) {
    /** Kills the machine without asking the guest. Clones lose nothing by it: their disk goes with them. */
    public static final StopPolicy KILL = new StopPolicy(Duration.ZERO, Duration.ZERO);
}
