package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.kdcloudlet.server.error.Problems;

/**
 * Reads the fields of one JSON object by name and type. Whatever is of a wrong type, or was never asked for, becomes a problem
 * named by its path. For use by one thread.
 */
final class JsonFields {
    private final ObjectNode object;
    private final String path;
    private final Problems problems;
    private final Set<String> known = new HashSet<>();

    JsonFields(ObjectNode object, String path, Problems problems) {
        this.object = object;
        this.path = path;
        this.problems = problems;
    }

    boolean has(String field) {
        known.add(field);
        return object.has(field);
    }

    void text(String field, Consumer<String> use) {
        read(field, JsonNode::isTextual, "must be a text")
                .map(JsonNode::textValue)
                .ifPresent(use);
    }

    /** A text that may be null: then {@code use} gets nothing. */
    void optionalText(String field, Consumer<Optional<String>> use) {
        if (has(field) && object.get(field).isNull()) {
            use.accept(Optional.empty());
        } else {
            text(field, value -> use.accept(Optional.of(value)));
        }
    }

    void number(String field, Consumer<Integer> use) {
        read(field, JsonNode::canConvertToInt, "must be a whole number")
                .filter(node -> isInteger(field, node))
                .map(JsonNode::intValue)
                .ifPresent(use);
    }

    /** A number that may be null: then {@code use} gets nothing. */
    void optionalNumber(String field, Consumer<Optional<Integer>> use) {
        if (has(field) && object.get(field).isNull()) {
            use.accept(Optional.empty());
        } else {
            number(field, value -> use.accept(Optional.of(value)));
        }
    }

    void flag(String field, Consumer<Boolean> use) {
        read(field, JsonNode::isBoolean, "must be true or false")
                .map(JsonNode::booleanValue)
                .ifPresent(use);
    }

    void bytes(String field, Consumer<byte[]> use) {
        text(field, text -> {
            try {
                use.accept(Base64.getDecoder().decode(text));
            } catch (IllegalArgumentException notBase64) {
                problems.add(path + field, "must be base64");
            }
        });
    }

    <E extends Enum<E>> void choice(String field, Class<E> type, Consumer<E> use) {
        text(field, text -> {
            List<String> names = new ArrayList<>();
            for (E value : type.getEnumConstants()) {
                String name = value.name().toLowerCase(Locale.ROOT);
                names.add(name);
                if (name.equals(text)) {
                    use.accept(value);
                    return;
                }
            }
            problems.add(path + field, "must be one of " + String.join(", ", names));
        });
    }

    void texts(String field, Consumer<List<String>> use) {
        list(field, JsonNode::isTextual, "must be a list of texts")
                .map(nodes -> nodes.stream().map(JsonNode::textValue).toList())
                .ifPresent(use);
    }

    void numbers(String field, Consumer<List<Integer>> use) {
        list(field, node -> node.isInt(), "must be a list of whole numbers")
                .map(nodes -> nodes.stream().map(JsonNode::intValue).toList())
                .ifPresent(use);
    }

    /** An object inside this one. */
    void object(String field, Consumer<JsonFields> use) {
        read(field, JsonNode::isObject, "must be an object").ifPresent(node -> nested(field + ".", node, use));
    }

    /** A list of objects; {@code use} is called for each. */
    void objects(String field, Consumer<JsonFields> use) {
        list(field, JsonNode::isObject, "must be a list of objects").ifPresent(nodes -> {
            for (int i = 0; i < nodes.size(); i++) {
                nested(field + "[" + i + "].", nodes.get(i), use);
            }
        });
    }

    /** Reports every field that nobody asked for. To be called last. */
    void refuseOthers() {
        object.fieldNames()
                .forEachRemaining(field -> problems.require(known.contains(field), path + field, "is not known"));
    }

    void problem(String field, String message) {
        problems.add(path + field, message);
    }

    private void nested(String name, JsonNode node, Consumer<JsonFields> use) {
        JsonFields fields = new JsonFields((ObjectNode) node, path + name, problems);
        use.accept(fields);
        fields.refuseOthers();
    }

    private boolean isInteger(String field, JsonNode node) {
        problems.require(node.isIntegralNumber(), path + field, "must be a whole number");
        return node.isIntegralNumber();
    }

    private Optional<List<JsonNode>> list(String field, java.util.function.Predicate<JsonNode> type, String message) {
        Optional<JsonNode> array = read(field, JsonNode::isArray, message);
        if (array.isEmpty()) {
            return Optional.empty();
        }
        List<JsonNode> nodes = new ArrayList<>();
        array.get().forEach(nodes::add);
        if (!nodes.stream().allMatch(type)) {
            problems.add(path + field, message);
            return Optional.empty();
        }
        return Optional.of(nodes);
    }

    private Optional<JsonNode> read(String field, java.util.function.Predicate<JsonNode> type, String message) {
        if (!has(field)) {
            return Optional.empty();
        }
        JsonNode node = object.get(field);
        if (!type.test(node)) {
            problems.add(path + field, message);
            return Optional.empty();
        }
        return Optional.of(node);
    }
}
