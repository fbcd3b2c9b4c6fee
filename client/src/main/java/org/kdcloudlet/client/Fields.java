package org.kdcloudlet.client;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.kdcloudlet.client.http.MalformedReplyException;

/** The fields of one JSON object of the device API, each with its type checked. Unknown fields do no harm. */
final class Fields {
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,20}(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?");

    private final JsonObject object;

    Fields(JsonObject object) {
        this.object = object;
    }

    /** Turns one object of a list into something. */
    interface Reader<T> {
        T read(Fields fields) throws MalformedReplyException;
    }

    String string(String name) throws MalformedReplyException {
        return optionalString(name).filter(value -> !value.isEmpty()).orElseThrow(() -> wrong(name, "a text"));
    }

    Optional<String> optionalString(String name) throws MalformedReplyException {
        JsonElement element = object.get(name);
        if (element == null || element.isJsonNull()) {
            return Optional.empty();
        }
        if (!element.isJsonPrimitive() || !element.getAsJsonPrimitive().isString()) {
            throw wrong(name, "a text");
        }
        return Optional.of(element.getAsString());
    }

    /** A finite number, or a text that is one: the speed of a CPU is such a text. */
    double number(String name) throws MalformedReplyException {
        return optionalNumber(name).orElseThrow(() -> wrong(name, "a number"));
    }

    private Optional<Double> optionalNumber(String name) throws MalformedReplyException {
        JsonElement element = object.get(name);
        if (element == null || element.isJsonNull()) {
            return Optional.empty();
        }
        if (element.isJsonPrimitive()) {
            JsonPrimitive value = element.getAsJsonPrimitive();
            if (!value.isBoolean() && NUMBER.matcher(value.getAsString()).matches()) {
                return Optional.of(Double.parseDouble(value.getAsString()));
            }
        }
        throw wrong(name, "a number");
    }

    int port(String name) throws MalformedReplyException {
        return optionalPort(name).orElseThrow(() -> wrong(name, "a port"));
    }

    OptionalInt optionalPort(String name) throws MalformedReplyException {
        Optional<Double> number = optionalNumber(name);
        if (!number.isPresent()) {
            return OptionalInt.empty();
        }
        double value = number.get();
        if (value < 1 || value > 65535 || value != Math.rint(value)) {
            throw wrong(name, "a port");
        }
        return OptionalInt.of((int) value);
    }

    boolean bool(String name) throws MalformedReplyException {
        JsonElement element = object.get(name);
        if (element == null
                || !element.isJsonPrimitive()
                || !element.getAsJsonPrimitive().isBoolean()) {
            throw wrong(name, "true or false");
        }
        return element.getAsBoolean();
    }

    Fields object(String name) throws MalformedReplyException {
        JsonElement element = object.get(name);
        if (element == null || !element.isJsonObject()) {
            throw wrong(name, "an object");
        }
        return new Fields(element.getAsJsonObject());
    }

    <T> List<T> list(String name, Reader<T> reader) throws MalformedReplyException {
        List<T> list = new ArrayList<>();
        for (JsonElement element : array(name)) {
            if (!element.isJsonObject()) {
                throw wrong(name, "a list of objects");
            }
            list.add(reader.read(new Fields(element.getAsJsonObject())));
        }
        return Collections.unmodifiableList(list);
    }

    /** As {@link #list}, or nothing when there is no such field. */
    <T> List<T> optionalList(String name, Reader<T> reader) throws MalformedReplyException {
        return object.has(name) ? list(name, reader) : Collections.emptyList();
    }

    /** Texts; none when there is no such field or it is null. */
    List<String> strings(String name) throws MalformedReplyException {
        List<String> list = new ArrayList<>();
        if (!object.has(name) || object.get(name).isJsonNull()) {
            return Collections.emptyList();
        }
        for (JsonElement element : array(name)) {
            if (!element.isJsonPrimitive() || !element.getAsJsonPrimitive().isString()) {
                throw wrong(name, "a list of texts");
            }
            list.add(element.getAsString());
        }
        return Collections.unmodifiableList(list);
    }

    /** All fields that are texts; those that are null are left out. */
    Map<String, String> texts(String name) throws MalformedReplyException {
        if (!object.has(name) || object.get(name).isJsonNull()) {
            return Collections.emptyMap();
        }
        Fields fields = object(name);
        Map<String, String> texts = new LinkedHashMap<>();
        for (String key : fields.object.keySet()) {
            fields.optionalString(key).ifPresent(value -> texts.put(key, value));
        }
        return Collections.unmodifiableMap(texts);
    }

    private Iterable<JsonElement> array(String name) throws MalformedReplyException {
        JsonElement element = object.get(name);
        if (element == null || !element.isJsonArray()) {
            throw wrong(name, "a list");
        }
        return element.getAsJsonArray();
    }

    private static MalformedReplyException wrong(String name, String what) {
        return new MalformedReplyException("its field " + name + " is not " + what);
    }
}
