package org.kdcloudlet.hypervisor.qemu.protocol;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Something that QEMU reports by itself.
 *
 * @param name e.g. {@code SHUTDOWN}
 * @param data what belongs to it; an empty object if nothing does
 */
public record QmpEvent(String name, JsonNode data) {}
