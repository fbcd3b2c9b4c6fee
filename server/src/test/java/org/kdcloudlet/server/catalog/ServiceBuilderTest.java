package org.kdcloudlet.server.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kdcloudlet.server.Refusals.refused;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.hypervisor.Bytes;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.OsFamily;
import org.kdcloudlet.hypervisor.Probe;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** What a service may be, and that all that is wrong with one is told at once. */
class ServiceBuilderTest {
    private static ServiceBuilder valid() {
        return ServiceDefinition.builder().serviceId("org.example.speech").port(Protocol.TCP, 9001);
    }

    @Test
    void defaults() {
        ServiceDefinition definition = valid().build();

        assertThat(definition.numUsers()).isZero();
        assertThat(definition.poolSize()).isEqualTo(1);
        assertThat(definition.warmUps()).isEqualTo(5);
        assertThat(definition.network()).isEqualTo(NetworkAccess.NONE);
        assertThat(definition.probe()).isEqualTo(new Probe.Tcp(definition.port()));
        assertThat(definition.readyDeadline()).isEqualTo(Duration.ofMinutes(3));
        assertThat(definition.machine().memoryMib()).isEqualTo(256);
        assertThat(definition.machine().firmware()).isEqualTo(Firmware.BIOS);
        assertThat(definition.minMemory()).isEmpty();
    }

    @Test
    void everythingThatIsWrongIsToldAtOnce() {
        CloudletException refusal = refused(ErrorCode.INVALID_VALUE, () -> ServiceDefinition.builder()
                .serviceId("-no")
                .description("x".repeat(1001))
                .version("a\0")
                .tags(List.of("a,b"))
                .port(Protocol.TCP, 0)
                .numUsers(-1)
                .minMemory(Optional.of(-5))
                .memoryMib(1)
                .cpus(0)
                .poolSize(65)
                .warmUps(101)
                .readyDeadline(Duration.ZERO)
                .httpProbe(80, "no slash", List.of())
                .build());

        assertThat(refusal.details().get("problems"))
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                .extracting("field")
                .contains(
                        "service_id",
                        "description",
                        "version",
                        "tags",
                        "ports",
                        "num_users",
                        "min_memory",
                        "machine.memory_mib",
                        "machine.cpus",
                        "pool_size",
                        "warm_ups",
                        "ready_deadline_seconds",
                        "probe");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".a", "a b", "a/b", "ä", "a\n", "../a", "a\0"})
    void serviceIdsThatAreRefused(String serviceId) {
        refused(ErrorCode.INVALID_VALUE, () -> valid().serviceId(serviceId).build());
    }

    @Test
    void theLongestServiceId() {
        assertThat(valid().serviceId("a".repeat(128)).build().serviceId()).hasSize(128);
        refused(ErrorCode.INVALID_VALUE, () -> valid().serviceId("a".repeat(129))
                .build());
        refused(ErrorCode.INVALID_VALUE, () -> valid().serviceId("a".repeat(1 << 20))
                .build());
    }

    @Test
    void theProbeAsksAPortOfTheService() {
        refused(ErrorCode.INVALID_VALUE, () -> valid().tcpProbe(9002).build());
        refused(ErrorCode.INVALID_VALUE, () -> valid().clearPorts()
                .port(Protocol.UDP, 53)
                .network(NetworkAccess.OPEN)
                .build());
        refused(ErrorCode.INVALID_VALUE, () -> valid().port(Protocol.UDP, 53).build());
        refused(ErrorCode.INVALID_VALUE, () -> valid().port(Protocol.TCP, 9001).build());
    }

    @Test
    void aGuestWithLegacyDevicesCannotBeCloned() {
        refused(ErrorCode.INVALID_VALUE, () -> valid().deviceSet(DeviceSet.LEGACY)
                .build());
        assertThat(valid().deviceSet(DeviceSet.LEGACY).cloned(false).build().cloned())
                .isFalse();
    }

    @Test
    void theJsonOfTheDatabaseKeepsEverything() {
        ServiceDefinition definition = valid().description("Größe\n\t\"")
                .version("1.0")
                .tags(List.of("a", "b c"))
                .port(Protocol.UDP, 53)
                .numUsers(7)
                .minMemory(Optional.of(0))
                .idealMemory(Optional.of(2048))
                .memoryMib(1024)
                .cpus(2)
                .osFamily(OsFamily.WINDOWS)
                .firmware(Firmware.UEFI)
                .deviceSet(DeviceSet.LEGACY)
                .cloned(false)
                .exchangeProbe(
                        Protocol.UDP,
                        53,
                        Bytes.of(new byte[] {0, -1}),
                        Bytes.of("ok".getBytes(StandardCharsets.US_ASCII)))
                .readyDeadline(Duration.ofSeconds(90))
                .network(NetworkAccess.OPEN)
                .poolSize(0)
                .warmUps(0)
                .build();
        ServiceDefinition http = definition.toBuilder()
                .httpProbe(9001, "/health?x=1", List.of(200, 204))
                .build();

        assertThat(ServiceJson.read(ServiceJson.write(definition))).isEqualTo(definition);
        assertThat(ServiceJson.read(ServiceJson.write(http))).isEqualTo(http);
        assertThat(ServiceJson.read(ServiceJson.write(valid().build()))).isEqualTo(valid().build());
    }
}
