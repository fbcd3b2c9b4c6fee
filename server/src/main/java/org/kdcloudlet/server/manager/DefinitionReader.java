package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.Bytes;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.OsFamily;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.server.catalog.ServiceBuilder;
import org.kdcloudlet.server.catalog.ServiceDefinition;

/** Reads what an operator says of a service: the fields that are there are applied to a builder, everything wrong is reported at once. */
final class DefinitionReader {
    private final ServiceBuilder builder;
    private Optional<GuestPort> firstPort = Optional.empty();

    private DefinitionReader(ServiceBuilder builder) {
        this.builder = builder;
    }

    /**
     * @param builder a new one, or one of a definition that is to be changed
     * @throws org.kdcloudlet.server.error.CloudletException INVALID_VALUE
     */
    static ServiceDefinition apply(ObjectNode body, ServiceBuilder builder) {
        new DefinitionReader(builder).read(new JsonFields(body, "", builder.problems()));
        return builder.build();
    }

    private void read(JsonFields fields) {
        fields.text("service_id", builder::serviceId);
        fields.text("description", builder::description);
        fields.text("version", builder::version);
        fields.texts("tags", builder::tags);
        fields.number("num_users", builder::numUsers);
        fields.optionalNumber("min_memory", builder::minMemory);
        fields.optionalNumber("ideal_memory", builder::idealMemory);
        fields.number("ready_deadline_seconds", seconds -> builder.readyDeadline(Duration.ofSeconds(seconds)));
        fields.choice("network", NetworkAccess.class, builder::network);
        fields.flag("cloned", builder::cloned);
        fields.number("pool_size", builder::poolSize);
        fields.number("warm_ups", builder::warmUps);
        fields.object("machine", this::readMachine);
        readPorts(fields);
        fields.object("probe", this::readProbe);
        fields.refuseOthers();
    }

    private void readMachine(JsonFields machine) {
        machine.number("memory_mib", builder::memoryMib);
        machine.number("cpus", builder::cpus);
        machine.choice("os_family", OsFamily.class, builder::osFamily);
        machine.choice("firmware", Firmware.class, builder::firmware);
        machine.choice("device_set", DeviceSet.class, builder::deviceSet);
    }

    private void readPorts(JsonFields fields) {
        if (!fields.has("ports")) {
            return;
        }
        builder.clearPorts();
        List<GuestPort> ports = new ArrayList<>();
        fields.objects("ports", port -> port(port).ifPresent(ports::add));
        ports.forEach(port -> builder.port(port.protocol(), port.port()));
        firstPort = ports.stream().findFirst();
    }

    private void readProbe(JsonFields probe) {
        List<GuestPort> asked = new ArrayList<>();
        probe.object("port", port -> port(port).ifPresent(asked::add));
        Optional<GuestPort> port = asked.stream().findFirst().or(() -> firstPort);
        List<String> kind = new ArrayList<>();
        probe.text("kind", kind::add);
        if (kind.isEmpty() || port.isEmpty()) {
            probe.problem("", "must have a kind and, unless the ports are given too, a port");
            return;
        }
        switch (kind.get(0)) {
            case "tcp" -> builder.tcpProbe(port.get().port());
            case "http" -> readHttpProbe(probe, port.get());
            case "exchange" -> readExchangeProbe(probe, port.get());
            default -> probe.problem("kind", "must be one of tcp, http, exchange");
        }
    }

    private void readHttpProbe(JsonFields probe, GuestPort port) {
        List<String> path = new ArrayList<>();
        List<Integer> statuses = new ArrayList<>();
        probe.text("path", path::add);
        probe.numbers("statuses", statuses::addAll);
        builder.httpProbe(port.port(), path.isEmpty() ? "/" : path.get(0), statuses);
    }

    private void readExchangeProbe(JsonFields probe, GuestPort port) {
        List<Bytes> send = new ArrayList<>();
        List<Bytes> expect = new ArrayList<>();
        probe.bytes("send", bytes -> send.add(Bytes.of(bytes)));
        probe.bytes("expect", bytes -> expect.add(Bytes.of(bytes)));
        if (expect.isEmpty()) {
            probe.problem("expect", "must be given");
            return;
        }
        Bytes toSend = send.isEmpty() ? Bytes.of(new byte[0]) : send.get(0);
        builder.exchangeProbe(port.protocol(), port.port(), toSend, expect.get(0));
    }

    private static Optional<GuestPort> port(JsonFields fields) {
        List<Protocol> protocol = new ArrayList<>();
        List<Integer> number = new ArrayList<>();
        fields.choice("protocol", Protocol.class, protocol::add);
        fields.number("port", number::add);
        if (number.isEmpty() && fields.has("port")) {
            // no number, which is told already
            return Optional.empty();
        }
        if (number.isEmpty() || number.get(0) < 1 || number.get(0) > 65_535) {
            fields.problem("port", "must be 1 to 65535");
            return Optional.empty();
        }
        return Optional.of(new GuestPort(protocol.isEmpty() ? Protocol.TCP : protocol.get(0), number.get(0)));
    }
}
