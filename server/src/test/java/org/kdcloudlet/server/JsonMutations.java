package org.kdcloudlet.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.kdcloudlet.fuzzing.Fuzzing;
import org.kdcloudlet.fuzzing.Mutations;

/**
 * Makes JSON of a valid object: values of other types and at the edges of what fits in the place of its own, fields that are missing or
 * not known, lists and objects in each other; and, in one of three, changes of the text itself.
 */
public final class JsonMutations implements Fuzzing.Generator {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final JsonNode valid;
    private final Mutations texts;

    /**
     * @param words names of fields and values that mean something
     */
    public JsonMutations(String valid, String... words) {
        try {
            this.valid = JSON.readTree(valid);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of(
                "null", "[", "]", "{", "}", "\"", "1e999", "-0", "\\ud800", "\\u0000", ",", ":", "NaN", "/**/"));
        this.texts = Mutations.of(valid).words(all.toArray(new String[0]));
    }

    @Override
    public byte[] next(Random random) {
        if (random.nextInt(3) == 0) {
            return texts.next(random);
        }
        JsonNode copy = valid.deepCopy();
        for (int change = random.nextInt(4); change > 0; change--) {
            change(copy, random);
        }
        return copy.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void change(JsonNode node, Random random) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        if (node instanceof ObjectNode object && !names.isEmpty()) {
            String name = names.get(random.nextInt(names.size()));
            JsonNode value = object.get(name);
            if (value.isContainerNode() && !value.isEmpty() && random.nextInt(3) > 0) {
                change(value, random);
            } else if (random.nextInt(6) == 0) {
                object.remove(name);
            } else {
                object.set(random.nextInt(8) == 0 ? name + "_" : name, other(value, random));
            }
        } else if (node instanceof ArrayNode array && !array.isEmpty()) {
            int at = random.nextInt(array.size());
            if (array.get(at).isContainerNode() && random.nextBoolean()) {
                change(array.get(at), random);
            } else {
                array.set(at, other(array.get(at), random));
            }
        }
    }

    private static JsonNode other(JsonNode value, Random random) {
        return switch (random.nextInt(14)) {
            case 0 -> NODES.nullNode();
            case 1 -> NODES.booleanNode(random.nextBoolean());
            case 2 -> NODES.numberNode(random.nextInt(70_000) - 10);
            case 3 -> NODES.numberNode(Long.MAX_VALUE - random.nextInt(2));
            case 4 -> NODES.numberNode(random.nextGaussian() * 1e300);
            case 5 -> NODES.textNode("");
            case 6 -> NODES.textNode("x".repeat(random.nextInt(5000)));
            case 7 -> NODES.textNode("../../\u0000\r\n<img src=x onerror=alert(1)>\ud83d");
            case 8 -> NODES.textNode(Integer.toString(random.nextInt()));
            case 9 -> NODES.arrayNode().add(value).add(value);
            case 10 -> NODES.objectNode().set("a", value);
            case 11 -> NODES.arrayNode();
            case 12 -> NODES.objectNode();
            default -> value.isTextual() ? NODES.textNode(value.asText() + (char) random.nextInt(0x10000)) : value;
        };
    }
}
