package org.kdcloudlet.hypervisor.qemu;

import com.fasterxml.jackson.core.JacksonException;
import java.util.Optional;
import org.kdcloudlet.hypervisor.qemu.protocol.Json;

/**
 * What has to be known of a template besides its files and its key, in the form in which it is carried.
 *
 * @param version of this format
 * @param guestTools what its guest has
 */
record TemplateDescription(int version, GuestTools guestTools) {
    private static final int VERSION = 1;

    static TemplateDescription of(TemplateRecord record) {
        return new TemplateDescription(VERSION, record.guestTools());
    }

    String write() throws JacksonException {
        return Json.MAPPER.writeValueAsString(this);
    }

    /** What was written; empty when it is of another version or of something else. */
    static Optional<TemplateDescription> read(String text) {
        try {
            return Optional.ofNullable(Json.MAPPER.readValue(text, TemplateDescription.class))
                    .filter(read -> read.version() == VERSION);
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }
}
