package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;
import java.util.Optional;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.Probe;
import org.kdcloudlet.server.catalog.ImageVersion;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.catalog.ServiceDefinition;
import org.kdcloudlet.server.instance.PoolStatus;

/** Services and their images as JSON. */
final class ServiceJson {
    private ServiceJson() {}

    static ObjectNode service(Service service, Optional<PoolStatus> pool, Optional<String> attention) {
        ServiceDefinition definition = service.definition();
        ObjectNode json = AdminJson.object();
        json.put("id", service.id());
        json.put("service_id", service.serviceId());
        json.put("description", definition.description());
        json.put("version", definition.version());
        definition.tags().forEach(json.putArray("tags")::add);
        ArrayNode ports = json.putArray("ports");
        definition.ports().forEach(port -> ports.add(port(port)));
        json.put("num_users", definition.numUsers());
        json.put("min_memory", definition.minMemory().orElse(null));
        json.put("ideal_memory", definition.idealMemory().orElse(null));
        json.set("machine", machine(definition.machine()));
        json.set("probe", probe(definition.probe()));
        json.put("ready_deadline_seconds", definition.readyDeadline().toSeconds());
        json.put("network", AdminJson.name(definition.network()));
        json.put("cloned", definition.cloned());
        json.put("pool_size", definition.poolSize());
        json.put("warm_ups", definition.warmUps());
        json.put("image_version", service.imageVersion().orElse(null));
        json.set("pool", pool.map(ServiceJson::pool).orElse(null));
        json.put("attention", attention.orElse(null));
        json.put("created", AdminJson.time(service.created()));
        json.put("modified", AdminJson.time(service.modified()));
        return json;
    }

    static ObjectNode image(ImageVersion image) {
        ObjectNode json = AdminJson.object();
        json.put("number", image.number());
        json.put("sha256", image.sha256());
        json.put("format", AdminJson.name(image.format()));
        json.put("file_bytes", image.fileBytes());
        json.put("virtual_bytes", image.virtualBytes());
        json.put("created", AdminJson.time(image.created()));
        json.put("template", AdminJson.name(image.template()));
        json.put("problem", image.problem().orElse(null));
        json.put("broken", image.broken());
        return json;
    }

    static ObjectNode port(GuestPort port) {
        return AdminJson.object()
                .put("protocol", AdminJson.name(port.protocol()))
                .put("port", port.port());
    }

    private static ObjectNode machine(MachineSpec machine) {
        return AdminJson.object()
                .put("memory_mib", machine.memoryMib())
                .put("cpus", machine.cpus())
                .put("os_family", AdminJson.name(machine.osFamily()))
                .put("firmware", AdminJson.name(machine.firmware()))
                .put("device_set", AdminJson.name(machine.deviceSet()));
    }

    private static ObjectNode probe(Probe probe) {
        ObjectNode json = AdminJson.object();
        if (probe instanceof Probe.Tcp) {
            json.put("kind", "tcp");
        } else if (probe instanceof Probe.Http http) {
            json.put("kind", "http").put("path", http.path());
            http.statuses().forEach(json.putArray("statuses")::add);
        } else if (probe instanceof Probe.Exchange exchange) {
            json.put("kind", "exchange");
            json.put("send", base64(exchange.send().toArray()));
            json.put("expect", base64(exchange.expect().toArray()));
        }
        json.set("port", port(probe.port()));
        return json;
    }

    private static ObjectNode pool(PoolStatus pool) {
        return AdminJson.object()
                .put("wanted", pool.wanted())
                .put("ready", pool.ready())
                .put("problem", pool.problem().orElse(null));
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
