package org.kdcloudlet.hypervisor;

import java.util.List;

/**
 * What runs machines on this host.
 *
 * @param name e.g. {@code QEMU}
 * @param version e.g. {@code 7.2.22}
 * @param accelerator in use
 * @param acceleratorReason one sentence: how that was decided
 * @param isolation one sentence for each protection in force or missing, e.g. which uid machines run as
 */
public record HypervisorStatus(
        String name, String version, Accelerator accelerator, String acceleratorReason, List<String> isolation) {
    public HypervisorStatus {
        isolation = List.copyOf(isolation);
    }
}
