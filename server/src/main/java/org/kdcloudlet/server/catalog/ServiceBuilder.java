package org.kdcloudlet.server.catalog;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.kdcloudlet.hypervisor.Bytes;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.OsFamily;
import org.kdcloudlet.hypervisor.Probe;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.server.error.Problems;

/**
 * Makes a {@link ServiceDefinition} of values that may be wrong, and reports all that is wrong with them at once. What is not
 * set has a default; only the service id and a port must be given. Values that could not even be read (a text where a number
 * belongs) are added to {@link #problems()} by whoever read them. For use by one thread.
 */
public final class ServiceBuilder {
    private static final Pattern SERVICE_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final int MAX_MEMORY = 1_048_576;

    private final Problems problems = new Problems();
    private String serviceId = "";
    private String description = "";
    private String version = "";
    private List<String> tags = List.of();
    private final List<GuestPort> ports = new ArrayList<>();
    private int numUsers;
    private Optional<Integer> minMemory = Optional.empty();
    private Optional<Integer> idealMemory = Optional.empty();
    private int memoryMib = 256;
    private int cpus = 1;
    private OsFamily osFamily = OsFamily.LINUX;
    private Firmware firmware = Firmware.BIOS;
    private DeviceSet deviceSet = DeviceSet.VIRTIO;
    private Optional<Probe> probe = Optional.empty();
    private Duration readyDeadline = Duration.ofMinutes(3);
    private NetworkAccess network = NetworkAccess.NONE;
    private boolean cloned = true;
    private int poolSize = 1;
    private int warmUps = 5;

    ServiceBuilder() {}

    ServiceBuilder(ServiceDefinition definition) {
        serviceId = definition.serviceId();
        description = definition.description();
        version = definition.version();
        tags = definition.tags();
        ports.addAll(definition.ports());
        numUsers = definition.numUsers();
        minMemory = definition.minMemory();
        idealMemory = definition.idealMemory();
        memoryMib = definition.machine().memoryMib();
        cpus = definition.machine().cpus();
        osFamily = definition.machine().osFamily();
        firmware = definition.machine().firmware();
        deviceSet = definition.machine().deviceSet();
        probe = Optional.of(definition.probe());
        readyDeadline = definition.readyDeadline();
        network = definition.network();
        cloned = definition.cloned();
        poolSize = definition.poolSize();
        warmUps = definition.warmUps();
    }

    /** What is wrong so far; {@link #build()} throws if anything is. */
    public Problems problems() {
        return problems;
    }

    public ServiceBuilder serviceId(String value) {
        serviceId = value;
        return this;
    }

    public ServiceBuilder description(String value) {
        description = value;
        return this;
    }

    public ServiceBuilder version(String value) {
        version = value;
        return this;
    }

    public ServiceBuilder tags(List<String> value) {
        tags = List.copyOf(value);
        return this;
    }

    /** Forgets the ports. */
    public ServiceBuilder clearPorts() {
        ports.clear();
        return this;
    }

    /** Adds a port; the first is the one that clients connect to. */
    public ServiceBuilder port(Protocol protocol, int port) {
        read("ports", () -> new GuestPort(protocol, port)).ifPresent(ports::add);
        return this;
    }

    public ServiceBuilder numUsers(int value) {
        numUsers = value;
        return this;
    }

    public ServiceBuilder minMemory(Optional<Integer> value) {
        minMemory = value;
        return this;
    }

    public ServiceBuilder idealMemory(Optional<Integer> value) {
        idealMemory = value;
        return this;
    }

    public ServiceBuilder memoryMib(int value) {
        memoryMib = value;
        return this;
    }

    public ServiceBuilder cpus(int value) {
        cpus = value;
        return this;
    }

    public ServiceBuilder osFamily(OsFamily value) {
        osFamily = value;
        return this;
    }

    public ServiceBuilder firmware(Firmware value) {
        firmware = value;
        return this;
    }

    public ServiceBuilder deviceSet(DeviceSet value) {
        deviceSet = value;
        return this;
    }

    public ServiceBuilder tcpProbe(int port) {
        probe = read("probe", () -> new Probe.Tcp(new GuestPort(Protocol.TCP, port)));
        return this;
    }

    public ServiceBuilder httpProbe(int port, String path, List<Integer> statuses) {
        probe = read("probe", () -> new Probe.Http(new GuestPort(Protocol.TCP, port), path, statuses));
        return this;
    }

    public ServiceBuilder exchangeProbe(Protocol protocol, int port, Bytes send, Bytes expect) {
        probe = read("probe", () -> new Probe.Exchange(new GuestPort(protocol, port), send, expect));
        return this;
    }

    public ServiceBuilder readyDeadline(Duration value) {
        readyDeadline = value;
        return this;
    }

    public ServiceBuilder network(NetworkAccess value) {
        network = value;
        return this;
    }

    public ServiceBuilder cloned(boolean value) {
        cloned = value;
        return this;
    }

    public ServiceBuilder poolSize(int value) {
        poolSize = value;
        return this;
    }

    public ServiceBuilder warmUps(int value) {
        warmUps = value;
        return this;
    }

    /**
     * @throws org.kdcloudlet.server.error.CloudletException INVALID_VALUE with everything that is wrong
     */
    public ServiceDefinition build() {
        checkTexts();
        checkNumbers();
        checkPorts();
        problems.require(
                !cloned || deviceSet == DeviceSet.VIRTIO,
                "cloned",
                "must be false with the legacy device set, which has no port for the guest agent that clones need");
        Optional<Probe> asked = probe.or(this::probeOfFirstTcpPort);
        if (asked.isEmpty()) {
            problems.add("probe", "must be given where no port is TCP");
        } else if (!ports.contains(asked.get().port())) {
            problems.add("probe", "must ask one of the service's ports");
        }
        problems.throwIfAny();
        return new ServiceDefinition(
                serviceId,
                description,
                version,
                tags,
                ports,
                numUsers,
                minMemory,
                idealMemory,
                new MachineSpec(memoryMib, cpus, osFamily, firmware, deviceSet),
                asked.orElseThrow(),
                readyDeadline,
                network,
                cloned,
                poolSize,
                warmUps);
    }

    private Optional<Probe> probeOfFirstTcpPort() {
        return ports.stream()
                .filter(port -> port.protocol() == Protocol.TCP)
                .findFirst()
                .map(Probe.Tcp::new);
    }

    private void checkTexts() {
        problems.require(
                SERVICE_ID.matcher(serviceId).matches(),
                "service_id",
                "must have 1 to 128 of A-Z a-z 0-9 . _ - and begin with a letter or digit");
        checkText("description", description, 1000);
        checkText("version", version, 100);
        problems.require(tags.size() <= 50, "tags", "must be 50 at most");
        for (String tag : tags) {
            checkText("tags", tag, 100);
            problems.require(
                    !tag.isBlank() && tag.indexOf(',') < 0, "tags", "must not be empty nor have a comma in them");
        }
    }

    private void checkText(String field, String value, int limit) {
        problems.require(value.length() <= limit, field, "must have " + limit + " characters at most");
        problems.require(
                value.chars().noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t'),
                field,
                "must not have control characters");
    }

    private void checkNumbers() {
        checkRange("num_users", numUsers, 0, 10_000);
        minMemory.ifPresent(value -> checkRange("min_memory", value, 0, MAX_MEMORY));
        idealMemory.ifPresent(value -> checkRange("ideal_memory", value, 0, MAX_MEMORY));
        checkRange("pool_size", poolSize, 0, 64);
        checkRange("machine.memory_mib", memoryMib, MachineSpec.LEAST_MEMORY_MIB, MachineSpec.MOST_MEMORY_MIB);
        checkRange("machine.cpus", cpus, 1, MachineSpec.MOST_CPUS);
        checkRange("warm_ups", warmUps, 0, 100);
        problems.require(
                readyDeadline.compareTo(Duration.ofSeconds(1)) >= 0
                        && readyDeadline.compareTo(Duration.ofHours(1)) <= 0,
                "ready_deadline_seconds",
                "must be 1 second to 1 hour");
    }

    private void checkPorts() {
        problems.require(!ports.isEmpty() && ports.size() <= 16, "ports", "must be 1 to 16 ports");
        problems.require(new HashSet<>(ports).size() == ports.size(), "ports", "must not repeat");
        // docs/adr/0002: a closed network would let no answer out.
        problems.require(
                network == NetworkAccess.OPEN || ports.stream().allMatch(port -> port.protocol() == Protocol.TCP),
                "network",
                "must be open for a service with a UDP port");
    }

    private void checkRange(String field, int value, int least, int most) {
        problems.require(value >= least && value <= most, field, "must be " + least + " to " + most);
    }

    private <T> Optional<T> read(String field, Supplier<T> maker) {
        try {
            return Optional.of(maker.get());
        } catch (IllegalArgumentException wrong) {
            problems.add(field, wrong.getMessage());
            return Optional.empty();
        }
    }
}
