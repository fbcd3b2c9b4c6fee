package org.kdcloudlet.server.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.server.Domain;
import org.kdcloudlet.server.DomainOnQemu;
import org.kdcloudlet.server.catalog.Images.ImageSource;
import org.kdcloudlet.server.catalog.ServiceDefinition;
import org.kdcloudlet.server.catalog.TemplateState;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationState;

/** The domain on real machines: from an image file to an answer, over a restart, to a death. */
class InstancesOnQemuTest {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final int PORT = 8080;

    @TempDir
    private static Path folder;

    private static DomainOnQemu cloudlet;

    private final HttpClient http = HttpClient.newHttpClient();

    /** All tests have the same service, as its first boot and its template take most of the time. */
    @BeforeAll
    static void serveDemo() {
        cloudlet = new DomainOnQemu(folder);
        Operation ended = importDemo(cloudlet.domain(), Path.of(System.getProperty("cloudlet.demo.image")));
        assertThat(ended.state()).as("%s", ended.error()).isEqualTo(OperationState.SUCCEEDED);
    }

    @AfterEach
    void leaveNoInstance() {
        domain().instances().list().forEach(instance -> domain().instances().remove(instance.id()));
    }

    @AfterAll
    static void leaveNothing() {
        cloudlet.close();
    }

    private static Domain domain() {
        return cloudlet.domain();
    }

    @Test
    void fromAnImageToAnAnswerOverARestartToADeath() throws Exception {
        await().atMost(PATIENCE).until(() -> domain().instances().pools().get(0).ready() == 1);

        Instance pooled = domain().instances().start("demo", false);
        Instance cloned = domain().instances().start("demo", false);
        assertThat(pooled.kind()).isEqualTo(StartKind.POOL);
        assertThat(answer(pooled)).isEqualTo(200);
        assertThat(answer(cloned)).isEqualTo(200);
        assertThat(pooled.forward().orElseThrow().hostPort())
                .isNotEqualTo(cloned.forward().orElseThrow().hostPort());

        cloudlet.letGo();
        assertThat(answer(pooled)).as("machines outlive the server").isEqualTo(200);
        cloudlet.open();
        assertThat(domain().instances().get(pooled.id()).forwards()).isEqualTo(pooled.forwards());
        assertThat(domain().instances().get(cloned.id()).state()).isEqualTo(InstanceState.READY);

        Instance woken = sleepAndWake(cloned.id());
        assertThat(answer(woken)).isEqualTo(200);

        kill(pooled.id());
        await().atMost(PATIENCE)
                .until(() -> domain().instances().get(pooled.id()).state() == InstanceState.FAILED);
        domain().instances().stop(cloned.id());
        assertThat(domain().instances().list()).extracting(Instance::id).containsExactly(pooled.id());
    }

    @Test
    void clonesThatWaitedHaveTheRightTimeAndAnIdentityOfTheirOwn() throws Exception {
        Instance one = startWaited();
        Instance other = startWaited();

        Instant before = Instant.now();
        JsonNode first = inspect(one);
        JsonNode second = inspect(other);
        Instant after = Instant.now();

        for (String own : List.of("host", "machine_id", "mac", "random")) {
            assertThat(first.path(own).asText())
                    .as(own)
                    .isNotBlank()
                    .isNotEqualTo(second.path(own).asText());
        }
        assertThat(first.path("machine_id").asText()).isEqualTo(hex(one.id()));
        assertThat(second.path("machine_id").asText()).isEqualTo(hex(other.id()));
        assertThat(hex(one.id())).startsWith(first.path("host").asText().replaceFirst("^svm-", ""));
        for (JsonNode guest : List.of(first, second)) {
            assertThat(Instant.parse(guest.path("time").asText()))
                    .isBetween(before.minusSeconds(1), after.plusSeconds(1));
        }
    }

    @Test
    void aRunningInstanceIsSavedAsAServiceThatAnswers() throws Exception {
        Instance instance = domain().instances().start("demo", false);
        Operation begun = domain().instances().save(instance.id(), Optional.of("saved"));
        Operation saved = domain().operations().await(begun.id(), PATIENCE);
        assertThat(saved.state()).as("%s", saved.error()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(answer(instance)).isEqualTo(200);
        assertThat(answer(domain().instances().start("saved", false))).isEqualTo(200);
    }

    /** An instance from the pool, of a clone that waited for some seconds: longer than its clock may be wrong. */
    private static Instance startWaited() {
        await().atMost(PATIENCE)
                .during(Duration.ofSeconds(3))
                .until(() -> domain().instances().pools().get(0).ready() == 1);
        Instance instance = domain().instances().start("demo", false);
        assertThat(instance.kind()).isEqualTo(StartKind.POOL);
        return instance;
    }

    private static String hex(UUID id) {
        return id.toString().replace("-", "");
    }

    /** Long: a guest has a minute to start its agent. */
    @Test
    @Tag("long")
    void aGuestWithoutAnAgentGetsNoTemplateAndIsBooted() throws Exception {
        try (DomainOnQemu own = new DomainOnQemu(Files.createDirectory(folder.resolve("own")))) {
            Domain domain = own.domain();
            Operation operation = importDemo(domain, imageWithoutAgent());
            assertThat(operation.state()).isEqualTo(OperationState.FAILED);
            assertThat(operation.error().orElseThrow().code()).isEqualTo(ErrorCode.AGENT_MISSING);
            assertThat(operation.error().orElseThrow().message())
                    .contains("The guest agent does not answer")
                    .contains("install qemu-guest-agent");
            assertThat(own.hypervisor().templates()).isEmpty();
            assertThat(domain.images().versions("demo"))
                    .singleElement()
                    .satisfies(version -> assertThat(version.template()).isEqualTo(TemplateState.FAILED));

            Instance booted = domain.instances().start("demo", false);
            assertThat(booted.kind()).isEqualTo(StartKind.BOOT);
            assertThat(answer(booted)).isEqualTo(200);
            assertThat(domain.instances().pools()).allMatch(pool -> pool.ready() == 0);
        }
    }

    /** The demo guest, in whose list of services the agent and the identity service are comments. */
    private Path imageWithoutAgent() throws IOException, InterruptedException {
        Path image = folder.resolve("without-agent.raw");
        Process convert = new ProcessBuilder(
                        "qemu-img", "convert", "-O", "raw", System.getProperty("cloudlet.demo.image"), image.toString())
                .inheritIO()
                .start();
        assertThat(convert.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(convert.exitValue()).isZero();
        try (FileChannel file = FileChannel.open(image, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer bytes = file.map(FileChannel.MapMode.READ_WRITE, 0, file.size());
            comment(bytes, "identity 0 /dev/virtio-ports/");
            comment(bytes, "guest-agent 0 /dev/virtio-ports/");
        }
        return image;
    }

    private static void comment(MappedByteBuffer bytes, String line) {
        byte[] wanted = line.getBytes(StandardCharsets.US_ASCII);
        int found = 0;
        for (int i = 0; i <= bytes.limit() - wanted.length; i++) {
            if (bytes.get(i) == wanted[0] && bytes.slice(i, wanted.length).equals(ByteBuffer.wrap(wanted))) {
                bytes.put(i, (byte) '#');
                found++;
            }
        }
        assertThat(found).as(line).isEqualTo(1);
    }

    private static Operation importDemo(Domain domain, Path image) {
        ServiceDefinition definition = ServiceDefinition.builder()
                .serviceId("demo")
                .port(Protocol.TCP, PORT)
                .httpProbe(PORT, "/healthz", List.of(200))
                .build();
        domain.catalog().add(definition);
        Operation operation =
                domain.images().importImage("demo", new ImageSource(InputFile.kept(image), Optional.empty()));
        return domain.operations().await(operation.id(), PATIENCE);
    }

    private static Instance sleepAndWake(UUID id) {
        assertThat(domain().instances().suspend(id).state()).isEqualTo(InstanceState.SUSPENDED);
        return domain().instances().wake(id);
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
        return send(request(instance, "/healthz").GET()).statusCode();
    }

    /** What the guest says of itself. */
    private JsonNode inspect(Instance instance) throws IOException, InterruptedException {
        return new ObjectMapper()
                .readTree(send(request(instance, "/").POST(HttpRequest.BodyPublishers.ofString("hello\n")))
                        .body());
    }

    private static HttpRequest.Builder request(Instance instance, String path) {
        PortForward forward = instance.forward().orElseThrow();
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + forward.hostPort() + path))
                .timeout(Duration.ofSeconds(60));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
