package org.kdcloudlet.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kdcloudlet.server.catalog.CatalogSettings;
import org.kdcloudlet.server.instance.InstanceSettings;

class ConfigurationTest {
    @TempDir
    private Path folder;

    @Test
    void eachDefaultIsAsDocumented() {
        assertThat(Configuration.settings())
                .extracting(setting -> setting.key() + " = " + setting.defaultValue())
                .containsExactlyInAnyOrder(
                        "server.name = \"\"",
                        "server.data = \"\"",
                        "device-api.address = \"0.0.0.0\"",
                        "device-api.port = 9999",
                        "device-api.advertised-address = \"\"",
                        "device-api.host-names = []",
                        "device-api.idle-timeout = \"30s\"",
                        "device-api.max-threads = 64",
                        "manager.address = \"127.0.0.1\"",
                        "manager.port = 9998",
                        "manager.tls = \"off\"",
                        "manager.certificate = \"\"",
                        "manager.key = \"\"",
                        "manager.host-names = []",
                        "manager.session-idle = \"1h\"",
                        "manager.session-lifetime = \"12h\"",
                        "limits.requests-per-second = 50",
                        "limits.request-burst = 200",
                        "limits.starts-per-minute = 30",
                        "limits.start-burst = 30",
                        "limits.concurrent-starts = 32",
                        "limits.tracked-clients = 10000",
                        "instances.address = \"0.0.0.0\"",
                        "instances.first-port = 20000",
                        "instances.last-port = 29999",
                        "instances.max = 100",
                        "instances.max-per-service = 50",
                        "instances.memory-reserve = \"512MiB\"",
                        "instances.memory-overcommit-percent = 200",
                        "instances.disk-reserve = \"1GiB\"",
                        "instances.start-deadline = \"5m\"",
                        "instances.idle-timeout = \"30m\"",
                        "instances.stop-agent = \"0s\"",
                        "instances.stop-power-button = \"0s\"",
                        "instances.keep-failed = \"1d\"",
                        "instances.max-failed = 100",
                        "instances.max-snapshots = 5",
                        "instances.pool-quiet = \"250ms\"",
                        "packages.import-folder = \"\"",
                        "packages.export-folder = \"\"",
                        "apps.max-file-size = \"512MiB\"",
                        "apps.read-deadline = \"1m\"",
                        "images.keep-versions = 3",
                        "images.max-file-size = \"64GiB\"",
                        "images.max-virtual-size = \"1TiB\"",
                        "images.import-deadline = \"2h\"",
                        "discovery.method = \"auto\"",
                        "discovery.advertise = true",
                        "discovery.interfaces = []",
                        "hypervisor.acceleration = \"auto\"",
                        "logging.level = \"info\"",
                        "logging.format = \"text\"");
    }

    @Test
    void defaultsAreThoseOfTheDomain() {
        Configuration defaults = Configuration.defaults();
        assertThat(defaults.instances())
                .isEqualTo(InstanceSettings.defaults(defaults.instances().hostPorts()));
        assertThat(defaults.images()).isEqualTo(CatalogSettings.defaults());
        assertThat(defaults.server().data()).isEqualTo(ServerConfiguration.defaultData());
    }

    @Test
    void referenceDescribesEachKeyAndItsDefault() throws IOException {
        List<String> documented = Files.readString(
                        Path.of(System.getProperty("cloudlet.project"), "docs", "reference", "configuration.md"))
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("\\|"))
                .map(cells -> cells[1].strip().replace("`", "") + " = "
                        + cells[2].strip().replace("`", "") + ": " + cells[3].strip())
                .toList();
        Meanings meanings = new Meanings();
        assertThat(documented)
                .containsExactlyInAnyOrderElementsOf(Configuration.settings().stream()
                        .map(setting -> setting.key() + (setting.live() ? " *" : "") + " = " + setting.defaultValue()
                                + ": " + meanings.of(setting))
                        .toList());
    }

    @Test
    void readsEachKindOfValue() throws IOException {
        Configuration configuration = load("""
                [server]
                name = "ridge"
                data = "/srv/cloudlet"
                [device-api]
                address = "127.0.0.1"
                advertised-address = "192.0.2.10"
                host-names = ["cloudlet.example.org"]
                idle-timeout = "5s"
                [discovery]
                advertise = false
                [instances]
                memory-reserve = "2GiB"
                [hypervisor]
                acceleration = "tcg"
                """);
        assertThat(configuration.server())
                .isEqualTo(new ServerConfiguration(Optional.of("ridge"), Path.of("/srv/cloudlet")));
        assertThat(configuration.deviceApi().address()).isEqualTo(InetAddress.getByName("127.0.0.1"));
        assertThat(configuration.deviceApi().advertisedAddress()).contains(InetAddress.getByName("192.0.2.10"));
        assertThat(configuration.deviceApi().hostNames()).containsExactly("cloudlet.example.org");
        assertThat(configuration.deviceApi().idleTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(configuration.discovery().advertise()).isFalse();
        assertThat(configuration.instances().memoryReserveBytes()).isEqualTo(2L << 30);
        assertThat(configuration.hypervisor().acceleration()).isEqualTo(HypervisorConfiguration.Acceleration.TCG);
    }

    @Test
    void reportsAllProblemsAtOnceWithTheirLines() {
        assertThatThrownBy(() -> load("""
                        [device-api]
                        port = 70000
                        prot = 1
                        address = "localhost"

                        [instances]
                        idle-timeout = 30
                        first-port = 3000
                        last-port = 2000
                        [nonsense]
                        key = "value"
                        """))
                .isInstanceOfSatisfying(ConfigurationException.class, exception -> assertThat(exception.problems())
                        .map(problem -> problem.replace(folder.toString() + "/", ""))
                        .containsExactlyInAnyOrder(
                                "test.toml:2: device-api.port must be a whole number from 0 to 65535, not 70000",
                                "test.toml:3: device-api.prot is not a known key",
                                "test.toml:4: device-api.address must be an IP address, not \"localhost\"",
                                "test.toml:7: instances.idle-timeout must be a duration with its unit, \"0s\" to \"365d\", not 30",
                                "test.toml:9: instances.last-port must not be below instances.first-port, which is 3000",
                                "test.toml:11: nonsense.key is not a known key"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            [device-api              | is not TOML
            port = 1                 | stands outside of any [section]
            device-api = 1           | stands outside of any [section]
            server = {name = 1}      | server.name must be a host name label
            """)
    void refusesWhatIsNotAConfiguration(String text, String problem) {
        assertThatThrownBy(() -> load(text))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void refusesAFileThatIsNotThere() {
        assertThatThrownBy(() -> Configuration.load(Optional.of(folder.resolve("none.toml")), Map.of()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("none.toml: there is no such file");
    }

    @Test
    void commandLineWinsOverTheFile() throws IOException {
        Path file = Files.writeString(folder.resolve("test.toml"), "[device-api]\nport = 1000\n");
        assertThat(Configuration.load(Optional.of(file), Map.of("device-api.port", 2000))
                        .deviceApi()
                        .port())
                .isEqualTo(2000);
    }

    @Test
    void problemsDoNotCarryControlCharacters() {
        assertThatThrownBy(() -> load("[logging]\nlevel = \"a\\u001bb\"\n"))
                .hasMessageContaining("\"a?b\"")
                .hasMessageNotContaining("\u001b");
    }

    private Configuration load(String text) throws IOException {
        return Configuration.load(Optional.of(Files.writeString(folder.resolve("test.toml"), text)), Map.of());
    }
}
