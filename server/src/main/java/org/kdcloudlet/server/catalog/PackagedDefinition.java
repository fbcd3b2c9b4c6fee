package org.kdcloudlet.server.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.kdcloudlet.hypervisor.Bytes;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.OsFamily;
import org.kdcloudlet.hypervisor.Probe;
import org.kdcloudlet.hypervisor.Protocol;

/**
 * What a package of ours says besides {@code service.json}: hardware, probe and more. The reference system does not see it. It
 * comes from elsewhere too: a field that is not understood keeps its default, and what the guest may reach by itself is not
 * among them, since that is for the operator of this cloudlet to grant.
 */
final class PackagedDefinition {
    static final int MAX_LENGTH = 16 * 1024;

    private static final ObjectMapper JSON = new ObjectMapper();

    private PackagedDefinition() {}

    static String write(ServiceDefinition definition) {
        MachineSpec machine = definition.machine();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("memory_mib", machine.memoryMib());
        json.put("cpus", machine.cpus());
        json.put("os_family", machine.osFamily().name());
        json.put("firmware", machine.firmware().name());
        json.put("device_set", machine.deviceSet().name());
        json.put("cloned", definition.cloned());
        json.put("ready_deadline_seconds", definition.readyDeadline().toSeconds());
        definition.ports().stream()
                .skip(1)
                .filter(port -> port.protocol() == Protocol.TCP)
                .forEach(port -> json.withArray("more_ports").add(port.port()));
        Probe probe = definition.probe();
        if (probe.port().protocol() == Protocol.TCP) {
            json.put("probe_port", probe.port().port());
        }
        if (probe instanceof Probe.Http http) {
            json.put("http_path", http.path());
            http.statuses().forEach(json.putArray("http_statuses")::add);
        } else if (probe instanceof Probe.Exchange exchange && exchange.port().protocol() == Protocol.TCP) {
            json.put("send", Base64.getEncoder().encodeToString(exchange.send().toArray()));
            json.put(
                    "expect",
                    Base64.getEncoder().encodeToString(exchange.expect().toArray()));
        }
        return json.toString();
    }

    /**
     * Adds it to a definition.
     *
     * @param port that clients connect to
     * @return whether there was something to add
     */
    static boolean apply(Optional<String> text, int port, ServiceBuilder builder) {
        Optional<JsonNode> parsed =
                text.filter(json -> json.length() <= MAX_LENGTH).flatMap(PackagedDefinition::parse);
        if (parsed.isEmpty()) {
            return false;
        }
        JsonNode json = parsed.get();
        number(json, "memory_mib", builder::memoryMib);
        number(json, "cpus", builder::cpus);
        choice(json, "os_family", OsFamily.class, builder::osFamily);
        choice(json, "firmware", Firmware.class, builder::firmware);
        choice(json, "device_set", DeviceSet.class, builder::deviceSet);
        if (json.path("cloned").isBoolean()) {
            boolean cloned = json.path("cloned").booleanValue();
            builder.cloned(cloned).poolSize(cloned ? 1 : 0);
        }
        number(json, "ready_deadline_seconds", seconds -> builder.readyDeadline(Duration.ofSeconds(seconds)));
        json.path("more_ports").forEach(more -> builder.port(Protocol.TCP, more.asInt()));
        applyProbe(json, json.path("probe_port").asInt(port), builder);
        return true;
    }

    private static void applyProbe(JsonNode json, int port, ServiceBuilder builder) {
        if (json.path("http_path").isTextual()) {
            List<Integer> statuses = new ArrayList<>();
            json.path("http_statuses").forEach(status -> statuses.add(status.asInt()));
            builder.httpProbe(port, json.path("http_path").asText(), statuses);
        } else if (json.path("expect").isTextual()) {
            bytes(json.path("send")).ifPresent(send -> bytes(json.path("expect"))
                    .ifPresent(expect -> builder.exchangeProbe(Protocol.TCP, port, send, expect)));
        } else {
            builder.tcpProbe(port);
        }
    }

    private static Optional<JsonNode> parse(String text) {
        try {
            return Optional.of(JSON.readTree(text)).filter(JsonNode::isObject);
        } catch (JsonProcessingException notOurs) {
            return Optional.empty();
        }
    }

    private static void number(JsonNode json, String field, Consumer<Integer> use) {
        if (json.path(field).isInt()) {
            use.accept(json.path(field).intValue());
        }
    }

    private static <E extends Enum<E>> void choice(JsonNode json, String field, Class<E> type, Consumer<E> use) {
        for (E value : type.getEnumConstants()) {
            if (value.name().equals(json.path(field).asText().toUpperCase(Locale.ROOT))) {
                use.accept(value);
            }
        }
    }

    private static Optional<Bytes> bytes(JsonNode base64) {
        try {
            return Optional.of(Bytes.of(Base64.getDecoder().decode(base64.asText())));
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }
}
