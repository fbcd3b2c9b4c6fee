package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.OsFamily;
import org.kdcloudlet.hypervisor.Probe;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** What can be said of a service on the command line; only what was given goes into the request. */
final class ServiceOptions {
    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--description", paramLabel = "TEXT", description = "One line for people.")
    private Optional<String> description = Optional.empty();

    @Option(
            names = "--service-version",
            paramLabel = "TEXT",
            description = "Version of the service, as people call it.")
    private Optional<String> version = Optional.empty();

    @Option(names = "--tag", paramLabel = "TAG", description = "A tag; can be repeated.")
    private List<String> tags = new ArrayList<>();

    @Option(
            names = "--port",
            paramLabel = "PORT[/udp]",
            description = "Port of the guest that is forwarded; can be repeated. Clients are told the first.")
    private List<String> ports = new ArrayList<>();

    @Option(
            names = "--users",
            paramLabel = "N",
            description = "How many users share an instance; 0: never shared (a new service: 0).")
    private Optional<Integer> users = Optional.empty();

    @Option(names = "--min-memory", paramLabel = "MB", description = "For clients only.")
    private Optional<Integer> minMemory = Optional.empty();

    @Option(names = "--ideal-memory", paramLabel = "MB", description = "For clients only.")
    private Optional<Integer> idealMemory = Optional.empty();

    @Option(names = "--memory", paramLabel = "MIB", description = "RAM of each instance (a new service: 256).")
    private Optional<Integer> memory = Optional.empty();

    @Option(names = "--cpus", paramLabel = "N", description = "Virtual CPUs of each instance (a new service: 1).")
    private Optional<Integer> cpus = Optional.empty();

    @Option(
            names = "--os-family",
            paramLabel = "FAMILY",
            description = "linux, windows or other (a new service: linux).")
    private Optional<OsFamily> osFamily = Optional.empty();

    @Option(names = "--firmware", paramLabel = "NAME", description = "bios or uefi (a new service: bios).")
    private Optional<Firmware> firmware = Optional.empty();

    @Option(
            names = "--devices",
            paramLabel = "SET",
            description = "virtio, or legacy for guests without its drivers (a new service: virtio).")
    private Optional<DeviceSet> devices = Optional.empty();

    @Option(
            names = "--probe",
            paramLabel = "PROBE",
            description = {
                "How to tell that the service answers, on the first port or on --probe-port:",
                "tcp, http:/path, or exchange:SEND:EXPECT (with \\n, \\r, \\t, \\\\, \\: for what cannot be typed;"
                        + " SEND as @FILE for what is in a file).",
                "A new service: tcp on its first TCP port."
            })
    private Optional<String> probe = Optional.empty();

    @Option(names = "--probe-port", paramLabel = "PORT[/udp]", description = "Port that the probe asks.")
    private Optional<String> probePort = Optional.empty();

    @Option(
            names = "--ready-within",
            paramLabel = "SECONDS",
            description = "How long a boot may take until the service answers (a new service: 180).")
    private Optional<Integer> readyWithin = Optional.empty();

    @Option(
            names = "--network",
            paramLabel = "ACCESS",
            description = "What the guest may reach by itself: none or open (a new service: none).")
    private Optional<NetworkAccess> network = Optional.empty();

    @Option(
            names = "--boot",
            negatable = true,
            description = "Boot each instance from the image instead of cloning a template.")
    private Optional<Boolean> boot = Optional.empty();

    @Option(
            names = "--pool",
            paramLabel = "N",
            description = "How many clones are kept running for the next starts (a new service: 1).")
    private Optional<Integer> pool = Optional.empty();

    /** The fields of the definition that were given. */
    ObjectNode asJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        description.ifPresent(value -> json.put("description", value));
        version.ifPresent(value -> json.put("version", value));
        if (!tags.isEmpty()) {
            tags.forEach(json.putArray("tags")::add);
        }
        if (!ports.isEmpty()) {
            ArrayNode array = json.putArray("ports");
            ports.forEach(text -> array.add(port(text)));
        }
        users.ifPresent(value -> json.put("num_users", value));
        minMemory.ifPresent(value -> json.put("min_memory", value));
        idealMemory.ifPresent(value -> json.put("ideal_memory", value));
        readyWithin.ifPresent(value -> json.put("ready_deadline_seconds", value));
        network.ifPresent(value -> json.put("network", lowercase(value)));
        boot.ifPresent(value -> json.put("cloned", !value));
        pool.ifPresent(value -> json.put("pool_size", value));
        addMachine(json);
        probe.ifPresent(value -> json.set("probe", probe(value)));
        return json;
    }

    private void addMachine(ObjectNode json) {
        ObjectNode machine = JsonNodeFactory.instance.objectNode();
        memory.ifPresent(value -> machine.put("memory_mib", value));
        cpus.ifPresent(value -> machine.put("cpus", value));
        osFamily.ifPresent(value -> machine.put("os_family", lowercase(value)));
        firmware.ifPresent(value -> machine.put("firmware", lowercase(value)));
        devices.ifPresent(value -> machine.put("device_set", lowercase(value)));
        if (!machine.isEmpty()) {
            json.set("machine", machine);
        }
    }

    private ObjectNode probe(String text) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        String kind = text.split(":", 2)[0];
        String rest = text.length() > kind.length() ? text.substring(kind.length() + 1) : "";
        json.put("kind", kind);
        probePort.or(() -> ports.stream().findFirst()).ifPresent(value -> json.set("port", port(value)));
        switch (kind) {
            case "tcp" -> {}
            case "http" -> json.put("path", rest.isEmpty() ? "/" : rest);
            case "exchange" -> addExchange(json, rest);
            default -> throw wrong("--probe must be tcp, http:/path or exchange:SEND:EXPECT, not '" + text + "'");
        }
        return json;
    }

    private void addExchange(ObjectNode json, String text) {
        String[] parts = text.split("(?<!\\\\):", -1);
        if (parts.length != 2) {
            throw wrong("--probe exchange needs what to send and what to expect: exchange:SEND:EXPECT");
        }
        json.put("send", Base64.getEncoder().encodeToString(sent(parts[0])));
        json.put("expect", Base64.getEncoder().encodeToString(unescape(parts[1])));
    }

    private byte[] sent(String text) {
        if (!text.startsWith("@")) {
            return unescape(text);
        }
        Path file = Path.of(new String(unescape(text.substring(1)), StandardCharsets.UTF_8));
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(Probe.MAX_SENT + 1);
            if (bytes.length > Probe.MAX_SENT) {
                throw wrong("--probe exchange may send " + Probe.MAX_SENT + " bytes; " + file + " has more");
            }
            return bytes;
        } catch (IOException e) {
            throw wrong("--probe exchange cannot read " + file);
        }
    }

    private static byte[] unescape(String text) {
        StringBuilder result = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                i++;
                c = switch (text.charAt(i)) {
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    case 't' -> '\t';
                    default -> text.charAt(i);
                };
            }
            result.append(c);
        }
        return result.toString().getBytes(StandardCharsets.UTF_8);
    }

    private ObjectNode port(String text) {
        String[] parts = text.split("/", 2);
        String protocol = parts.length == 2 ? parts[1].toLowerCase(Locale.ROOT) : "tcp";
        if (!parts[0].matches("[0-9]{1,5}") || !protocol.matches("tcp|udp")) {
            throw wrong("a port is a number, with /udp behind it for UDP, not '" + text + "'");
        }
        return JsonNodeFactory.instance.objectNode().put("protocol", protocol).put("port", Integer.parseInt(parts[0]));
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private static String lowercase(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
