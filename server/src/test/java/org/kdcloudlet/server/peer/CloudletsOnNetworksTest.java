package org.kdcloudlet.server.peer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.cli.Main;
import org.kdcloudlet.server.network.HostLoadFiles;
import org.kdcloudlet.server.network.TestNetwork;
import org.kdcloudlet.server.network.TestNetwork.Host;
import org.kdcloudlet.server.network.TestNetwork.Segment;
import org.kdcloudlet.server.network.TestProcess;

/** Whole servers on two hosts, and a device on a third, in network namespaces. */
class CloudletsOnNetworksTest {
    private static final Duration DEADLINE = Duration.ofSeconds(90);

    private final ObjectMapper json = new ObjectMapper();

    @TempDir
    private Path folder;

    private TestNetwork network;
    private Segment lan;
    private Host ridge;
    private Host valley;
    private HostLoadFiles ridgeLoad;
    private HostLoadFiles valleyLoad;

    @BeforeEach
    void build() throws IOException {
        network = TestNetwork.create(folder);
        lan = network.segment();
        ridge = network.host("ridge").attach(lan, "eth0", "10.77.0.1/24");
        valley = network.host("valley").attach(lan, "eth0", "10.77.0.2/24");
        ridgeLoad = new HostLoadFiles(folder, "ridge", 90);
        valleyLoad = new HostLoadFiles(folder, "valley", 10);
        TestProcess one = run(ridge, "ridge", ridgeLoad);
        TestProcess other = run(valley, "valley", valleyLoad);
        awaitReady(one);
        awaitReady(other);
    }

    @AfterEach
    void remove() {
        if (network != null) {
            network.close();
        }
        if (valleyLoad != null) {
            ridgeLoad.close();
            valleyLoad.close();
        }
    }

    @Test
    void eachFindsTheOtherWithItsLoadAndNotItself() {
        offer(valley, "valley");
        Awaitility.await().atMost(DEADLINE).untilAsserted(() -> {
            JsonNode found = discover(ridge, "--data", data("ridge").toString());
            assertThat(found).hasSize(1);
            JsonNode other = found.path(0);
            assertThat(other.path("name").asText()).isEqualTo("valley");
            assertThat(other.path("addresses").path(0).asText()).isEqualTo("10.77.0.2");
            assertThat(other.path("encryption").asBoolean()).isFalse();
            assertThat(other.path("state").asText()).isEqualTo("answering");
            assertThat(other.path("load").path("cores").asInt())
                    .isEqualTo(Runtime.getRuntime().availableProcessors());
            assertThat(other.path("load").path("usage_percent").asDouble()).isBetween(5.0, 15.0);
            assertThat(other.path("services").path(0).asText()).isEqualTo("demo");
            assertThat(other.path("age_seconds").asDouble()).isLessThan(60);
        });
        awaitNames(valley, List.of("--data", data("valley").toString()), "ridge");
    }

    @Test
    void aDeviceFindsBothTakesTheIdleOneAndGoesToTheSecondWhenThatIsCutOff() {
        Host phone = network.host("phone").attach(lan, "wlan0", "10.77.0.100/24");
        awaitNames(phone, List.of("--seconds", "3"), "ridge", "valley");
        offer(ridge, "ridge");
        offer(valley, "valley");
        TestProcess device = phone.startJava(ChoosingDevice.class, "demo");
        awaitOffered(device, "valley ridge");
        ridgeLoad.usage(5);
        valleyLoad.usage(95);
        awaitOffered(device, "ridge valley");
        ridge.cut("eth0");
        awaitOffered(device, "valley");
        ridge.restore("eth0");
        awaitOffered(device, "ridge valley");
    }

    private void awaitNames(Host host, List<String> options, String... names) {
        Awaitility.await().atMost(DEADLINE).untilAsserted(() -> assertThat(
                        names(discover(host, options.toArray(String[]::new))))
                .containsExactly(names));
    }

    private static void awaitOffered(TestProcess device, String names) {
        Awaitility.await().atMost(DEADLINE).untilAsserted(() -> assertThat(last(device))
                .isEqualTo("offered by: " + names));
    }

    /** Adds the service {@code demo}. */
    private void offer(Host host, String name) {
        String added = host.start(TestNetwork.java(
                        Main.class,
                        "service",
                        "add",
                        "demo",
                        "--port",
                        "9000",
                        "--data",
                        data(name).toString()))
                .finish();
        assertThat(added).startsWith("Service").contains("demo");
    }

    private TestProcess run(Host host, String name, HostLoadFiles load) throws IOException {
        Path configuration = Files.writeString(folder.resolve(name + ".toml"), """
                [server]
                name = "%s"
                [manager]
                port = 0
                [hypervisor]
                acceleration = "tcg"
                """.formatted(name));
        return host.start(load.seenBy(TestNetwork.java(
                Main.class,
                "run",
                "--config",
                configuration.toString(),
                "--data",
                data(name).toString())));
    }

    private Path data(String name) {
        return folder.resolve(name);
    }

    private static void awaitReady(TestProcess server) {
        Awaitility.await()
                .atMost(DEADLINE)
                .until(() -> server.output().contains("the device API is on port") || !server.isAlive());
        assertThat(server.isAlive()).as(server.output()).isTrue();
    }

    private JsonNode discover(Host host, String... options) {
        List<String> arguments = new ArrayList<>(List.of("discover", "--json"));
        arguments.addAll(List.of(options));
        String output = host.start(TestNetwork.java(Main.class, arguments.toArray(String[]::new)))
                .finish();
        try {
            return json.readTree(output).path("cloudlets");
        } catch (IOException e) {
            throw new AssertionError(output, e);
        }
    }

    private static List<String> names(JsonNode cloudlets) {
        return cloudlets.findValuesAsText("name");
    }

    private static String last(TestProcess device) {
        return device.output().lines().reduce("", (before, line) -> line);
    }
}
