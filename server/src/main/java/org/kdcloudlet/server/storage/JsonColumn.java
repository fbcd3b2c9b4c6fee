package org.kdcloudlet.server.storage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Texts in the database that hold JSON: lists, and records that no query looks into. */
public final class JsonColumn {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private JsonColumn() {}

    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    public static ArrayNode array() {
        return MAPPER.createArrayNode();
    }

    public static JsonNode read(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new CloudletException(ErrorCode.STORAGE_UNUSABLE, "The database holds what is not JSON", e);
        }
    }

    public static String texts(List<String> values) {
        ArrayNode array = array();
        values.forEach(array::add);
        return array.toString();
    }

    public static List<String> texts(JsonNode array) {
        List<String> values = new ArrayList<>();
        array.forEach(value -> values.add(value.asText()));
        return values;
    }
}
