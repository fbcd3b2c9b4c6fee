package org.kdcloudlet.server.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.Bytes;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.OsFamily;
import org.kdcloudlet.hypervisor.Probe;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.server.storage.JsonColumn;

/** A definition as the database keeps it. Not the JSON of any interface: that may change without this. */
final class ServiceJson {
    private ServiceJson() {}

    static String write(ServiceDefinition definition) {
        ObjectNode json = JsonColumn.object();
        json.put("serviceId", definition.serviceId());
        json.put("description", definition.description());
        json.put("version", definition.version());
        definition.tags().forEach(json.putArray("tags")::add);
        ArrayNode ports = json.putArray("ports");
        definition.ports().forEach(port -> port(ports.addObject(), port));
        json.put("numUsers", definition.numUsers());
        definition.minMemory().ifPresent(value -> json.put("minMemory", value));
        definition.idealMemory().ifPresent(value -> json.put("idealMemory", value));
        json.putObject("machine")
                .put("memoryMib", definition.machine().memoryMib())
                .put("cpus", definition.machine().cpus())
                .put("osFamily", definition.machine().osFamily().name())
                .put("firmware", definition.machine().firmware().name())
                .put("deviceSet", definition.machine().deviceSet().name());
        probe(json.putObject("probe"), definition.probe());
        json.put("readyDeadlineMillis", definition.readyDeadline().toMillis());
        json.put("network", definition.network().name());
        json.put("cloned", definition.cloned());
        json.put("poolSize", definition.poolSize());
        json.put("warmUps", definition.warmUps());
        return json.toString();
    }

    private static void port(ObjectNode json, GuestPort port) {
        json.put("protocol", port.protocol().name()).put("port", port.port());
    }

    private static void probe(ObjectNode json, Probe probe) {
        port(json, probe.port());
        if (probe instanceof Probe.Http http) {
            json.put("kind", "http").put("path", http.path());
            http.statuses().forEach(json.putArray("statuses")::add);
        } else if (probe instanceof Probe.Exchange exchange) {
            json.put("kind", "exchange").put("send", base64(exchange.send())).put("expect", base64(exchange.expect()));
        } else {
            json.put("kind", "tcp");
        }
    }

    static ServiceDefinition read(String text) {
        JsonNode json = JsonColumn.read(text);
        JsonNode machine = json.get("machine");
        ServiceBuilder builder = ServiceDefinition.builder()
                .serviceId(json.get("serviceId").asText())
                .description(json.get("description").asText())
                .version(json.get("version").asText())
                .tags(JsonColumn.texts(json.get("tags")))
                .numUsers(json.get("numUsers").asInt())
                .minMemory(Optional.ofNullable(json.get("minMemory")).map(JsonNode::asInt))
                .idealMemory(Optional.ofNullable(json.get("idealMemory")).map(JsonNode::asInt))
                .memoryMib(machine.get("memoryMib").asInt())
                .cpus(machine.get("cpus").asInt())
                .osFamily(OsFamily.valueOf(machine.get("osFamily").asText()))
                .firmware(Firmware.valueOf(machine.get("firmware").asText()))
                .deviceSet(DeviceSet.valueOf(machine.get("deviceSet").asText()))
                .readyDeadline(Duration.ofMillis(json.get("readyDeadlineMillis").asLong()))
                .network(NetworkAccess.valueOf(json.get("network").asText()))
                .cloned(json.get("cloned").asBoolean())
                .poolSize(json.get("poolSize").asInt())
                .warmUps(json.get("warmUps").asInt());
        for (JsonNode port : json.get("ports")) {
            builder.port(protocol(port), port.get("port").asInt());
        }
        readProbe(builder, json.get("probe"));
        return builder.build();
    }

    private static void readProbe(ServiceBuilder builder, JsonNode probe) {
        int port = probe.get("port").asInt();
        switch (probe.get("kind").asText()) {
            case "http" -> {
                List<Integer> statuses = new ArrayList<>();
                probe.get("statuses").forEach(status -> statuses.add(status.asInt()));
                builder.httpProbe(port, probe.get("path").asText(), statuses);
            }
            case "exchange" ->
                builder.exchangeProbe(protocol(probe), port, bytes(probe.get("send")), bytes(probe.get("expect")));
            default -> builder.tcpProbe(port);
        }
    }

    private static Protocol protocol(JsonNode json) {
        return Protocol.valueOf(json.get("protocol").asText());
    }

    private static String base64(Bytes bytes) {
        return Base64.getEncoder().encodeToString(bytes.toArray());
    }

    private static Bytes bytes(JsonNode base64) {
        return Bytes.of(Base64.getDecoder().decode(base64.asText()));
    }
}
