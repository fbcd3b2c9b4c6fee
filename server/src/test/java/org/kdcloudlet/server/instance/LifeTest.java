package org.kdcloudlet.server.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.Refusals.refused;
import static org.kdcloudlet.server.TestCloudlet.PATIENCE;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.TestCloudlet.Limits;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.Event;

/** What happens to instances while nobody asks: death, shutdown, idleness, restarts of the server. */
class LifeTest {
    @TempDir
    private Path folder;

    private TestCloudlet cloudlet;

    @BeforeEach
    void open() {
        cloudlet = TestCloudlet.open(folder);
        cloudlet.serve(service("a").numUsers(2));
    }

    @AfterEach
    void close() {
        cloudlet.close();
    }

    private Instances instances() {
        return cloudlet.domain().instances();
    }

    private void awaitState(UUID id, InstanceState state) {
        await().atMost(PATIENCE).until(() -> instances().get(id).state() == state);
    }

    /** One round, and the end of another that may be under way by itself. */
    private void look() {
        ((InstanceService) instances()).look();
        await().atMost(PATIENCE).until(() -> instances().list().stream()
                .noneMatch(instance -> instance.state() == InstanceState.STOPPING));
    }

    private void awaitEvent(Consumer<Event> wanted) {
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(cloudlet.domain().events().recent(100)).anySatisfy(wanted));
    }

    @Test
    void aMachineThatDiesFailsItsInstanceAndKeepsItsLastWords() {
        UUID id = cloudlet.start("a").id();
        cloudlet.world.die(id, "QEMU was killed");
        awaitState(id, InstanceState.FAILED);

        Instance failed = instances().get(id);
        assertThat(failed.failure().orElseThrow().reason()).isEqualTo("QEMU was killed");
        assertThat(instances().log(id)).contains("last words");
        assertThat(failed.forwards()).isEmpty();
        awaitEvent(event -> assertThat(event.type()).isEqualTo("instance.failed"));
        assertThat(cloudlet.join("a").id())
                .as("a failed instance is not joined")
                .isNotEqualTo(id);

        cloudlet.restart();
        assertThat(instances().get(id)).isEqualTo(failed);
        instances().stop(id);
        assertThat(instances().get(id).state()).as("its record stays").isEqualTo(InstanceState.FAILED);
        instances().remove(id);
        assertThat(instances().find(id)).isEmpty();
        assertThat(cloudlet.restart().domain().instances().find(id)).isEmpty();
    }

    @Test
    void whenGuestsFillTheDiskWaitingClonesGoFirstAndThenTheBiggestInstance() {
        cloudlet.serve(service("b").poolSize(1));
        cloudlet.awaitPools();
        UUID small = cloudlet.start("a").id();
        UUID big = cloudlet.start("a").id();
        cloudlet.world.diskBytes(big, 5L << 30);
        cloudlet.host.diskFree((512L << 20) + 1);
        look();
        assertThat(instances().find(big)).as("half of the reserve is left").isPresent();

        cloudlet.host.diskFree((512L << 20) - 1);
        await().atMost(PATIENCE).until(() -> instances().find(big).isEmpty());
        cloudlet.host.diskFree(64L << 30);

        awaitEvent(event -> assertThat(event.message()).contains(big.toString(), "disk", "5120 MiB"));
        assertThat(small).isNotEqualTo(big);
        assertThat(cloudlet.world.calls(FakeCall.STOP)).isGreaterThanOrEqualTo(2);
    }

    @Test
    void aGuestThatShutsItselfDownIsRemoved() {
        UUID id = cloudlet.start("a").id();
        cloudlet.world.shutDown(id);

        await().atMost(PATIENCE).until(() -> instances().find(id).isEmpty());
        assertThat(cloudlet.restart().domain().instances().list()).isEmpty();
    }

    @Test
    void failedInstancesAreForgottenAfterADay() {
        UUID id = cloudlet.start("a").id();
        cloudlet.world.die(id, "test");
        awaitState(id, InstanceState.FAILED);
        look();
        assertThat(instances().find(id)).isPresent();

        cloudlet.clock.advance(Duration.ofHours(25));
        look();

        assertThat(instances().find(id)).isEmpty();
    }

    @Test
    void anIdleInstanceIsStoppedAndOneInUseIsNot() {
        UUID idle = cloudlet.start("a").id();
        UUID connected = cloudlet.start("a").id();
        UUID asked = cloudlet.start("a").id();
        cloudlet.world.connections(connected, 1);

        cloudlet.clock.advance(Duration.ofMinutes(29));
        instances().touch(asked);
        look();
        assertThat(instances().list()).hasSize(3);
        cloudlet.clock.advance(Duration.ofMinutes(2));
        look();

        assertThat(instances().find(idle)).isEmpty();
        assertThat(instances().find(connected)).isPresent();
        assertThat(instances().find(asked)).isPresent();
        assertThat(cloudlet.machines()).containsExactlyInAnyOrder(connected, asked);
    }

    @Test
    void withoutAnIdleTimeoutNothingIsStopped() {
        cloudlet.close();
        cloudlet.limits(limits -> new Limits(100, 50, 1000, limits.startDeadline(), Duration.ZERO, 3))
                .open();
        UUID id = cloudlet.start("a").id();
        cloudlet.clock.advance(Duration.ofDays(100));
        look();
        assertThat(instances().find(id)).isPresent();
    }

    @Test
    void instancesGoOnAfterARestart() {
        Instance shared = cloudlet.join("a");
        cloudlet.join("a");
        Instance paused = instances().pause(cloudlet.start("a").id());
        Instance suspended = instances().suspend(cloudlet.start("a").id());
        assertThat(cloudlet.machines()).hasSize(2);

        cloudlet.restart();

        Instance adopted = instances().get(shared.id());
        assertThat(adopted.state()).isEqualTo(InstanceState.READY);
        assertThat(adopted.users()).isEqualTo(2);
        assertThat(adopted.forwards()).isEqualTo(shared.forwards());
        assertThat(adopted.readyAt()).isEqualTo(shared.readyAt());
        assertThat(instances().get(paused.id()).state()).isEqualTo(InstanceState.PAUSED);
        assertThat(instances().get(suspended.id()).state()).isEqualTo(InstanceState.SUSPENDED);
        assertThat(instances().wake(suspended.id()).state()).isEqualTo(InstanceState.READY);
        cloudlet.world.die(shared.id(), "after adoption");
        awaitState(shared.id(), InstanceState.FAILED);
    }

    @Test
    void whatDiedWhileNoServerRanHasFailed() {
        UUID died = cloudlet.start("a").id();
        cloudlet.close();
        cloudlet.world.dieUnwatched(died);

        cloudlet.open();

        assertThat(instances().get(died).state()).isEqualTo(InstanceState.FAILED);
        assertThat(instances().log(died)).contains("last words");
    }

    @Test
    void aServiceInUseIsRemovedOnlyByForce() {
        UUID id = cloudlet.start("a").id();

        refused(ErrorCode.SERVICE_IN_USE, () -> cloudlet.domain().catalog().delete("a", false));
        assertThat(instances().get(id).state()).isEqualTo(InstanceState.READY);
        cloudlet.domain().catalog().delete("a", true);

        assertThat(instances().list()).isEmpty();
        assertThat(cloudlet.machines()).isEmpty();
        refused(ErrorCode.SERVICE_UNKNOWN, () -> cloudlet.start("a"));
    }
}
