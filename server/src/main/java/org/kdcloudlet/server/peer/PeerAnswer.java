package org.kdcloudlet.server.peer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.kdcloudlet.server.host.HostLoad;

/**
 * What another cloudlet answered to {@code GET /api/system?services=Y} (spec/device-api.md). Nothing of it is trusted: what is
 * no such answer is refused, and what is too much is left out.
 *
 * @param services their ids
 */
record PeerAnswer(HostLoad load, List<String> services) {
    /** The longest answer that is read, in bytes. */
    static final int MAX_BYTES = 512 * 1024;

    private static final int MAX_SERVICES = 500;
    private static final int MAX_ID = 128;
    private static final int MAX_DEPTH = 10;
    private static final int MAX_CORES = 1_000_000;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(100)
                            .build())
                    .build())
            .build();

    /** @throws IOException when it is no answer of a cloudlet */
    static PeerAnswer parse(byte[] body) throws IOException {
        JsonNode json = JSON.readTree(body);
        JsonNode memory = json.path("memory_info");
        JsonNode processors = json.path("cpu_info");
        HostLoad load = new HostLoad(
                (long) number(memory, "max_memory", Long.MAX_VALUE),
                (long) number(memory, "free_memory", Long.MAX_VALUE),
                (int) number(processors, "max_cores", MAX_CORES),
                number(processors, "usage", 100),
                number(processors, "speed", 1e9),
                (long) number(processors, "cache", Integer.MAX_VALUE));
        List<String> services = new ArrayList<>();
        for (JsonNode service : json.path("services")) {
            String id = service.path("service_id").asText();
            if (services.size() < MAX_SERVICES && isPrintable(id)) {
                services.add(id);
            }
        }
        return new PeerAnswer(load, List.copyOf(services));
    }

    private static boolean isPrintable(String id) {
        return !id.isEmpty() && id.length() <= MAX_ID && id.chars().noneMatch(Character::isISOControl);
    }

    /** A number, or a text that is one: both are in use (spec/device-api.md). */
    private static double number(JsonNode object, String field, double max) throws IOException {
        JsonNode value = object.path(field);
        try {
            double number = value.isNumber() ? value.doubleValue() : Double.parseDouble(value.asText());
            if (number >= 0 && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IOException(field + " is no number", e);
        }
        throw new IOException(field + " is out of range");
    }
}
