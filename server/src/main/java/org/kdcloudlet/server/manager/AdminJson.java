package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.kdcloudlet.server.web.Reply;

/** How values look in the admin REST API: names in snake_case, times by RFC 3339 in UTC, enumerations in lower case. */
final class AdminJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private AdminJson() {}

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    static JsonNode tree(Object value) {
        return JSON.valueToTree(value);
    }

    static Reply reply(JsonNode body) {
        return reply(200, body);
    }

    static Reply reply(int status, JsonNode body) {
        return Reply.json(status, bytes(body));
    }

    static byte[] bytes(JsonNode body) {
        try {
            return JSON.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree can always be written", e);
        }
    }

    /** An object with one list, e.g. {@code {"services": [...]}}. */
    static <T> ObjectNode list(String name, List<T> values, Function<T, ? extends JsonNode> writer) {
        ObjectNode object = object();
        ArrayNode array = object.putArray(name);
        values.forEach(value -> array.add(writer.apply(value)));
        return object;
    }

    static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    static String time(Instant time) {
        return time.toString();
    }

    static void putTime(ObjectNode object, String field, Optional<Instant> time) {
        object.put(field, time.map(AdminJson::time).orElse(null));
    }
}
