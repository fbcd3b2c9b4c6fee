package org.kdcloudlet.server.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.Accelerator;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.hypervisor.qemu.QemuHypervisor;
import org.kdcloudlet.hypervisor.qemu.QemuPlatform;
import org.kdcloudlet.hypervisor.qemu.QemuSettings;
import org.kdcloudlet.hypervisor.qemu.disk.QemuDiskImages;
import org.kdcloudlet.hypervisor.qemu.host.AcceleratorChoice;
import org.kdcloudlet.hypervisor.qemu.host.ProgramSearch;
import org.kdcloudlet.hypervisor.qemu.host.QemuInstallation;
import org.kdcloudlet.hypervisor.qemu.host.SystemdScopes;
import org.kdcloudlet.server.Domain;
import org.kdcloudlet.server.catalog.CatalogSettings;
import org.kdcloudlet.server.catalog.Images.ImageSource;
import org.kdcloudlet.server.catalog.ServiceDefinition;
import org.kdcloudlet.server.host.LinuxHostResources;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationState;
import org.kdcloudlet.server.storage.DataDirectory;

/** The domain on real machines: from an image file to an answer, over a restart, to a death. */
class InstancesOnQemuTest {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final int PORT = 8080;

    @TempDir
    private Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private DataDirectory directory;
    private QemuHypervisor hypervisor;
    private Domain domain;

    @BeforeEach
    void open() {
        directory = DataDirectory.open(folder.resolve("data"));
        QemuInstallation installation = QemuInstallation.find(ProgramSearch.ofEnvironment());
        QemuPlatform platform = new QemuPlatform(
                installation,
                new AcceleratorChoice(Accelerator.TCG, "Tests use TCG.", OptionalInt.empty()),
                SystemdScopes.none("tests use none"));
        hypervisor =
                QemuHypervisor.open(QemuSettings.of(directory.machines()), platform, new QemuDiskImages(installation));
        HostPorts ports = new HostPorts(InetAddress.getLoopbackAddress(), 24_000, 24_999);
        domain = Domain.open(
                directory,
                hypervisor,
                new LinuxHostResources(directory.root()),
                CatalogSettings.defaults(),
                InstanceSettings.defaults(ports),
                Clock.tickMillis(ZoneOffset.UTC));
    }

    private void letGo() {
        domain.close();
        hypervisor.close();
        directory.close();
    }

    @AfterEach
    void leaveNothing() {
        for (Instance instance : domain.instances().list()) {
            domain.instances().remove(instance.id());
        }
        domain.catalog().list().forEach(service -> domain.catalog().delete(service.serviceId(), true));
        letGo();
    }

    @Test
    void fromAnImageToAnAnswerOverARestartToADeath() throws Exception {
        serveDemo();
        await().atMost(PATIENCE).until(() -> domain.instances().pools().get(0).ready() == 1);

        Instance pooled = domain.instances().start("demo", false);
        Instance cloned = domain.instances().start("demo", false);
        assertThat(pooled.kind()).isEqualTo(StartKind.POOL);
        assertThat(answer(pooled)).isEqualTo(200);
        assertThat(answer(cloned)).isEqualTo(200);
        assertThat(pooled.forward().orElseThrow().hostPort())
                .isNotEqualTo(cloned.forward().orElseThrow().hostPort());

        letGo();
        assertThat(answer(pooled)).as("machines outlive the server").isEqualTo(200);
        open();
        assertThat(domain.instances().get(pooled.id()).forwards()).isEqualTo(pooled.forwards());
        assertThat(domain.instances().get(cloned.id()).state()).isEqualTo(InstanceState.READY);

        Instance woken = sleepAndWake(cloned.id());
        assertThat(answer(woken)).isEqualTo(200);

        kill(pooled.id());
        await().atMost(PATIENCE).until(() -> domain.instances().get(pooled.id()).state() == InstanceState.FAILED);
        domain.instances().stop(cloned.id());
        assertThat(domain.instances().list()).extracting(Instance::id).containsExactly(pooled.id());
    }

    private void serveDemo() {
        ServiceDefinition definition = ServiceDefinition.builder()
                .serviceId("demo")
                .port(Protocol.TCP, PORT)
                .httpProbe(PORT, "/healthz", List.of(200))
                .build();
        domain.catalog().add(definition);
        Path image = Path.of(System.getProperty("cloudlet.demo.image"));
        Operation operation = domain.images().importImage("demo", new ImageSource(image, Optional.empty(), false));
        Operation ended = domain.operations().await(operation.id(), PATIENCE);
        assertThat(ended.state()).as("%s", ended.error()).isEqualTo(OperationState.SUCCEEDED);
    }

    private Instance sleepAndWake(UUID id) {
        assertThat(domain.instances().suspend(id).state()).isEqualTo(InstanceState.SUSPENDED);
        return domain.instances().wake(id);
    }

    private static void kill(UUID machine) {
        List<ProcessHandle> processes = ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.contains("qemu-system") && line.contains(machine.toString()))
                        .isPresent())
                .toList();
        assertThat(processes).isNotEmpty();
        processes.forEach(ProcessHandle::destroyForcibly);
    }

    private int answer(Instance instance) throws IOException, InterruptedException {
        PortForward forward = instance.forward().orElseThrow();
        URI uri = URI.create("http://127.0.0.1:" + forward.hostPort() + "/healthz");
        HttpRequest request =
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(60)).build();
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }
}
