package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.Probe;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.server.catalog.ServiceBuilder;
import org.kdcloudlet.server.catalog.ServiceDefinition;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.manager.page.ServiceForm;

/** Between the form for a service and its definition: a form is read as the same JSON that the admin REST API takes. */
final class ServiceForms {
    private static final List<String> TEXTS = List.of("service_id", "description", "version", "network");
    private static final List<String> NUMBERS = List.of("num_users", "pool_size", "warm_ups", "ready_deadline_seconds");
    private static final List<String> MACHINE_NUMBERS = List.of("memory_mib", "cpus");
    private static final List<String> MACHINE_TEXTS = List.of("os_family", "firmware", "device_set");

    private ServiceForms() {}

    /** The form of a new service. */
    static ServiceForm empty() {
        return of(ServiceDefinition.builder()
                        .serviceId("new")
                        .port(Protocol.TCP, 8080)
                        .build())
                .with(Map.of("service_id", ""));
    }

    /** The form of a service that is there. */
    static Filled of(ServiceDefinition definition) {
        Map<String, String> values = new HashMap<>();
        values.put("service_id", definition.serviceId());
        values.put("description", definition.description());
        values.put("version", definition.version());
        values.put("tags", String.join(", ", definition.tags()));
        values.put("ports", definition.ports().stream().map(ServiceForms::port).collect(Collectors.joining(" ")));
        values.put("num_users", Integer.toString(definition.numUsers()));
        values.put("pool_size", Integer.toString(definition.poolSize()));
        values.put("warm_ups", Integer.toString(definition.warmUps()));
        values.put(
                "ready_deadline_seconds",
                Long.toString(definition.readyDeadline().toSeconds()));
        values.put("memory_mib", Integer.toString(definition.machine().memoryMib()));
        values.put("cpus", Integer.toString(definition.machine().cpus()));
        values.put("os_family", AdminJson.name(definition.machine().osFamily()));
        values.put("firmware", AdminJson.name(definition.machine().firmware()));
        values.put("device_set", AdminJson.name(definition.machine().deviceSet()));
        values.put("network", AdminJson.name(definition.network()));
        values.put("cloned", Boolean.toString(definition.cloned()));
        values.put("probe", kind(definition.probe()));
        values.put("probe_path", definition.probe() instanceof Probe.Http http ? http.path() : "/");
        return new Filled(values);
    }

    /** Values of a form without problems. */
    record Filled(Map<String, String> values) {
        ServiceForm form() {
            return new ServiceForm(values, List.of());
        }

        ServiceForm with(Map<String, String> others) {
            Map<String, String> all = new HashMap<>(values);
            all.putAll(others);
            return new ServiceForm(all, List.of());
        }
    }

    private static String kind(Probe probe) {
        return probe.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    private static String port(GuestPort port) {
        String protocol = AdminJson.name(port.protocol());
        return protocol.equals("tcp") ? Integer.toString(port.port()) : port.port() + "/" + protocol;
    }

    /** What was filled in, as it was. */
    static ServiceForm sent(UnaryOperator<String> field, Optional<CloudletException> refusal) {
        Map<String, String> values = new HashMap<>();
        for (String name : of(ServiceDefinition.builder()
                        .serviceId("any")
                        .port(Protocol.TCP, 1)
                        .build())
                .values()
                .keySet()) {
            values.put(name, field.apply(name));
        }
        return new ServiceForm(values, refusal.map(ServiceForms::problems).orElse(List.of()));
    }

    /**
     * The definition that a form stands for.
     *
     * @param before the one that is changed by it; empty for a new service
     * @throws CloudletException INVALID_VALUE
     */
    static ServiceDefinition definition(UnaryOperator<String> field, Optional<ServiceDefinition> before) {
        ServiceBuilder builder = before.map(ServiceDefinition::toBuilder).orElseGet(ServiceDefinition::builder);
        return DefinitionReader.apply(json(field, before.map(ServiceDefinition::probe)), builder);
    }

    private static ObjectNode json(UnaryOperator<String> field, Optional<Probe> before) {
        ObjectNode json = AdminJson.object();
        TEXTS.forEach(name -> json.put(name, field.apply(name).strip()));
        NUMBERS.forEach(name -> number(json, name, field.apply(name)));
        json.put("cloned", "true".equals(field.apply("cloned")));
        ObjectNode machine = json.putObject("machine");
        MACHINE_NUMBERS.forEach(name -> number(machine, name, field.apply(name)));
        MACHINE_TEXTS.forEach(name -> machine.put(name, field.apply(name)));
        ArrayNode tags = json.putArray("tags");
        split(field.apply("tags"), ",").forEach(tags::add);
        ArrayNode ports = json.putArray("ports");
        split(field.apply("ports"), "[\\s,;]+").forEach(text -> port(ports.addObject(), text));
        probe(json, ports, field, before);
        return json;
    }

    private static void probe(ObjectNode json, ArrayNode ports, UnaryOperator<String> field, Optional<Probe> before) {
        String kind = field.apply("probe");
        if (kind.equals("exchange")) {
            return;
        }
        ObjectNode probe = json.putObject("probe").put("kind", kind);
        for (int i = 0; i < ports.size() && !probe.has("port"); i++) {
            if ("tcp".equals(ports.get(i).path("protocol").asText())) {
                probe.set("port", ports.get(i));
            }
        }
        if (kind.equals("http")) {
            String path = field.apply("probe_path").strip();
            probe.put("path", path.isEmpty() ? "/" : path);
            before.filter(Probe.Http.class::isInstance)
                    .map(Probe.Http.class::cast)
                    .ifPresent(http -> http.statuses().forEach(probe.withArray("statuses")::add));
        }
    }

    private static void port(ObjectNode port, String text) {
        int slash = text.indexOf('/');
        number(port, "port", slash < 0 ? text : text.substring(0, slash));
        port.put("protocol", slash < 0 ? "tcp" : text.substring(slash + 1).toLowerCase(Locale.ROOT));
    }

    /** What is no number stays a text, which the reader of the definition names as a problem. */
    private static void number(ObjectNode json, String name, String text) {
        String stripped = text.strip();
        if (stripped.matches("-?[0-9]{1,9}")) {
            json.put(name, Integer.parseInt(stripped));
        } else {
            json.put(name, stripped);
        }
    }

    /** The parts of a text that are not blank. */
    static List<String> split(String text, String separator) {
        List<String> parts = new ArrayList<>();
        for (String part : text.split(separator)) {
            if (!part.isBlank()) {
                parts.add(part.strip());
            }
        }
        return parts;
    }

    /** What was wrong with a form, field and message. */
    static List<Map.Entry<String, String>> problems(CloudletException refusal) {
        List<Map.Entry<String, String>> found = new ArrayList<>();
        if (refusal.details().get("problems") instanceof List<?> problems) {
            for (Object problem : problems) {
                if (problem instanceof Map<?, ?> entry) {
                    found.add(
                            Map.entry(name(String.valueOf(entry.get("field"))), String.valueOf(entry.get("message"))));
                }
            }
        } else {
            found.add(Map.entry("service_id", refusal.getMessage()));
        }
        return found;
    }

    /** The field of the form for one of the JSON, e.g. {@code ports} for {@code ports[0].port}. */
    private static String name(String path) {
        if (path.startsWith("machine.")) {
            return path.substring("machine.".length());
        }
        return path.split("[.\\[]", 2)[0];
    }
}
