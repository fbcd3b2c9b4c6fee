package org.kdcloudlet.hypervisor;

import java.time.Instant;

/**
 * A running machine frozen on disk: memory, devices and disk, from which clones continue.
 *
 * @param key everything that it depends on; also its name on disk
 * @param spec the hardware of the machine and of each clone
 * @param image digest of the image that it was made from (lowercase hex SHA-256)
 * @param diskBytes space that memory, state and disk take
 */
public record Template(TemplateKey key, MachineSpec spec, String image, Instant created, long diskBytes) {}
