package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.kdcloudlet.hypervisor.Accelerator;
import org.kdcloudlet.hypervisor.Adoption;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.DiskImages;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.OsFamily;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Probe;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.hypervisor.Readiness;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.hypervisor.qemu.disk.QemuDiskImages;
import org.kdcloudlet.hypervisor.qemu.host.AcceleratorChoice;
import org.kdcloudlet.hypervisor.qemu.host.ProgramSearch;
import org.kdcloudlet.hypervisor.qemu.host.QemuInstallation;
import org.kdcloudlet.hypervisor.qemu.host.SystemdScopes;

/** A hypervisor on a folder of its own with the demo guest, and what tests ask of that guest. Leaves no machine and no file. */
final class QemuLab implements AutoCloseable {
    static final GuestPort HTTP = new GuestPort(Protocol.TCP, 8080);
    static final GuestPort ECHO = new GuestPort(Protocol.TCP, 8082);
    static final Readiness READY = new Readiness(new Probe.Http(HTTP, "/healthz", List.of(200)), Duration.ofMinutes(3));
    static final MachineSpec SPEC = new MachineSpec(256, 1, OsFamily.LINUX, Firmware.BIOS, DeviceSet.VIRTIO);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final DiskImage image;
    private final List<Machine> started = new ArrayList<>();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private QemuHypervisor hypervisor;

    QemuLab(Path parent) throws IOException {
        this(parent, SystemdScopes.none("tests use none"));
    }

    QemuLab(Path parent, SystemdScopes scopes) throws IOException {
        this.folder = Files.createTempDirectory(parent, "");
        this.image = demoImage(folder);
        this.hypervisor = open(folder.resolve("hypervisor"), scopes);
        hypervisor.adopt();
    }

    static QemuHypervisor open(Path folder) {
        return open(folder, SystemdScopes.none("tests use none"));
    }

    private static QemuHypervisor open(Path folder, SystemdScopes scopes) {
        QemuPlatform platform = platform(scopes);
        return QemuHypervisor.open(QemuSettings.of(folder), platform, new QemuDiskImages(platform.installation()));
    }

    static QemuPlatform platform() {
        return platform(SystemdScopes.none("tests use none"));
    }

    private static QemuPlatform platform(SystemdScopes scopes) {
        return new QemuPlatform(
                QemuInstallation.find(ProgramSearch.ofEnvironment()),
                new AcceleratorChoice(Accelerator.TCG, "Tests use TCG.", OptionalInt.empty()),
                scopes);
    }

    /** The demo image, imported. */
    static DiskImage demoImage(Path folder) throws IOException {
        Path original = Path.of(System.getProperty("cloudlet.demo.image"));
        assertThat(original)
                .as("the demo image; ./cloudlet image build demo makes it")
                .isRegularFile();
        Files.createDirectory(folder.resolve("images"));
        return new QemuDiskImages(platform().installation())
                .importImage(
                        original,
                        Optional.of(DiskFormat.QCOW2),
                        folder.resolve("images"),
                        new DiskImages.ImageLimits(1L << 30, 1L << 30),
                        Progress.NONE);
    }

    static String sha256(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            in.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static HostPorts ports(int first, int last) {
        return new HostPorts(InetAddress.getLoopbackAddress(), first, last);
    }

    QemuHypervisor hypervisor() {
        return hypervisor;
    }

    DiskImage image() {
        return image;
    }

    /** The hypervisor's own folder. */
    Path folder() {
        return hypervisor.context().folder().path();
    }

    MachineFolder machineFolder(UUID id) {
        return new MachineFolder(
                folder().resolve("vm").resolve(id.toString().replace("-", "").substring(0, 12)));
    }

    /** Lets go of all machines, as a server does that ends. */
    void letGo() {
        hypervisor.close();
    }

    /** What a new server does. */
    Adoption reopen() {
        return reopen(hypervisor.context().platform().scopes());
    }

    Adoption reopen(SystemdScopes scopes) {
        hypervisor = open(folder.resolve("hypervisor"), scopes);
        Adoption adoption = hypervisor.adopt();
        started.clear();
        adoption.running().forEach(this::remember);
        return adoption;
    }

    static MachineRequest request() {
        return request(SPEC, NetworkAccess.NONE, ports(20_000, 29_999));
    }

    static MachineRequest request(MachineSpec spec, NetworkAccess network, HostPorts hostPorts) {
        UUID id = UUID.randomUUID();
        return new MachineRequest(
                id,
                "vm-" + id.toString().substring(0, 8),
                spec,
                List.of(HTTP, ECHO),
                hostPorts,
                network,
                Map.of("service", "demo"));
    }

    /** A template of the demo guest, made at the first use. */
    synchronized Template template() {
        return hypervisor.template(hypervisor.templateKey(image, SPEC)).orElseGet(() -> {
            Machine machine = remember(hypervisor.bootFreezable(request(), image));
            return hypervisor.freeze(machine, READY, 3);
        });
    }

    /** A clone whose service answers. */
    Machine readyClone() {
        return readyClone(request());
    }

    Machine readyClone(MachineRequest request) {
        Machine clone = remember(hypervisor.clone(request, template()));
        clone.awaitReady(READY);
        return clone;
    }

    Machine boot(MachineRequest request) {
        return remember(hypervisor.boot(request, image));
    }

    Machine clone(Template template) {
        return remember(hypervisor.clone(request(), template));
    }

    synchronized Machine remember(Machine machine) {
        started.add(machine);
        return machine;
    }

    /** What the guest says of itself. */
    JsonNode inspect(Machine machine) {
        return post(machine, "/inspect", "hello\n");
    }

    /** The same of one whose clock goes right, but for the moment that it takes a guest to set it. */
    JsonNode inspectWithTime(Machine machine) {
        Instant before = Instant.now();
        JsonNode guest = inspect(machine);
        assertThat(Instant.parse(guest.path("time").asText()))
                .isBetween(before.minusSeconds(2), Instant.now().plusSeconds(2));
        return guest;
    }

    JsonNode post(Machine machine, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port(machine, HTTP) + path))
                .timeout(Duration.ofMinutes(1))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return JSON.readTree(answer.body());
        } catch (IOException e) {
            throw new AssertionError("The guest does not answer", e);
        } catch (InterruptedException e) {
            throw new AssertionError("Interrupted", e);
        }
    }

    static int port(Machine machine, GuestPort guest) {
        return machine.forwards().stream()
                .filter(forward -> forward.guest().equals(guest))
                .map(PortForward::hostPort)
                .findFirst()
                .orElseThrow();
    }

    /** The process that runs a machine. */
    ProcessHandle process(Machine machine) {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().arguments().stream()
                        .flatMap(arguments -> java.util.Arrays.stream(arguments))
                        .anyMatch(machine.id().toString()::equals))
                .findFirst()
                .orElseThrow(() -> new AssertionError("No process runs machine " + machine.id()));
    }

    @Override
    public void close() throws IOException {
        started.forEach(machine -> machine.stop(StopPolicy.KILL));
        hypervisor.close();
        FileTree.remove(folder);
    }
}
