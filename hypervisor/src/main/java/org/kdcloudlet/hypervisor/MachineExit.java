package org.kdcloudlet.hypervisor;

/**
 * How a machine ended.
 *
 * @param expected whether it was stopped or suspended by us, or the guest shut itself down
 * @param reason one sentence for the operator
 * @param log the tail of what the process and the serial console wrote, at most 64 KiB
 */
public record MachineExit(boolean expected, String reason, String log) {}
