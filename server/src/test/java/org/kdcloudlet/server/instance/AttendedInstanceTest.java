package org.kdcloudlet.server.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.Refusals.refused;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.TestCloudlet.Limits;
import org.kdcloudlet.server.error.ErrorCode;

/** Instances at whose console somebody works. */
class AttendedInstanceTest {
    private static final Duration ALMOST = Duration.ofMinutes(4);
    private static final Duration LONG = Duration.ofMinutes(6);

    @TempDir
    private Path folder;

    private TestCloudlet cloudlet;
    private UUID id;

    @BeforeEach
    void open() {
        cloudlet = TestCloudlet.open(folder);
        cloudlet.serve(service("a").numUsers(2));
        id = cloudlet.join("a").id();
    }

    @AfterEach
    void close() {
        cloudlet.close();
    }

    private Instances instances() {
        return cloudlet.domain().instances();
    }

    private boolean isThereAfter(Duration time) {
        cloudlet.clock.advance(time);
        ((InstanceService) instances()).look();
        // The look that the server takes by itself may be the one that ends it.
        await().atMost(TestCloudlet.PATIENCE).until(() -> instances()
                .find(id)
                .filter(instance -> instance.state() == InstanceState.STOPPING)
                .isEmpty());
        return instances().find(id).isPresent();
    }

    private void leaveAttended() {
        instances().attend(id);
        instances().stop(id);
    }

    @Test
    void theLastUserLeavesItToWhoWorksAtItsConsoleUntilNobodyDoes() {
        leaveAttended();
        assertThat(instances().get(id)).satisfies(held -> {
            assertThat(held.state()).isEqualTo(InstanceState.READY);
            assertThat(held.users()).isZero();
        });
        assertThat(cloudlet.domain().events().recent(1)).singleElement().satisfies(event -> {
            assertThat(event.type()).isEqualTo("instance.held");
            assertThat(event.message()).contains(id.toString(), "console");
        });
        refused(ErrorCode.INSTANCE_UNKNOWN, () -> instances().stop(id));

        assertThat(isThereAfter(ALMOST)).isTrue();
        instances().attend(id);
        assertThat(isThereAfter(ALMOST)).isTrue();
        assertThat(isThereAfter(LONG)).isFalse();
        assertThat(cloudlet.machines()).isEmpty();
    }

    @Test
    void anOpenConsoleAtWhichNobodyWorksHoldsNothing() {
        instances().attend(id);
        cloudlet.clock.advance(LONG);
        instances().stop(id);
        assertThat(instances().find(id)).isEmpty();
    }

    @Test
    void itIsSharedAgainAndThenLastsAsAnyOther() {
        leaveAttended();
        assertThat(cloudlet.join("a").id()).isEqualTo(id);
        assertThat(isThereAfter(LONG)).isTrue();
        instances().stop(id);
        assertThat(instances().find(id)).isEmpty();
    }

    @Test
    void itIsNotIdle() {
        cloudlet.clock.advance(Duration.ofMinutes(29));
        instances().attend(id);
        assertThat(isThereAfter(Duration.ofMinutes(2))).isTrue();
        assertThat(isThereAfter(Duration.ofMinutes(29))).isFalse();
    }

    @Test
    void itGoesOnWhileSomebodyIsConnected() {
        leaveAttended();
        cloudlet.world.connections(id, 1);
        assertThat(isThereAfter(LONG)).isTrue();
        cloudlet.world.connections(id, 0);
        assertThat(isThereAfter(LONG)).isFalse();
    }

    @Test
    void itIsEndedInTimeWhereNothingElseIs() {
        cloudlet.close();
        cloudlet.limits(limits -> new Limits(100, 50, 1000, limits.startDeadline(), Duration.ZERO, 3))
                .open();
        UUID kept = cloudlet.start("a").id();
        leaveAttended();
        assertThat(isThereAfter(LONG)).isFalse();
        assertThat(instances().find(kept)).isPresent();
    }

    @Test
    void anIdleTimeoutThatIsShorterHolds() {
        cloudlet.close();
        cloudlet.limits(limits -> new Limits(100, 50, 1000, limits.startDeadline(), Duration.ofMinutes(1), 3))
                .open();
        leaveAttended();
        assertThat(isThereAfter(Duration.ofMinutes(2))).isFalse();
    }

    @Test
    void aRestartOfTheServerReleasesItInTime() {
        leaveAttended();
        cloudlet.restart();
        assertThat(instances().get(id).users()).isZero();
        assertThat(isThereAfter(ALMOST)).isTrue();
        assertThat(isThereAfter(LONG)).isFalse();
    }

    @Test
    void whatSomebodyHaltedOrPutToSleepStaysUntilItGoesOn() {
        leaveAttended();
        instances().pause(id);
        assertThat(isThereAfter(LONG)).isTrue();
        instances().resume(id);
        instances().suspend(id);
        assertThat(isThereAfter(LONG)).isTrue();
        instances().wake(id);
        assertThat(isThereAfter(ALMOST)).isTrue();
        assertThat(isThereAfter(LONG)).isFalse();
    }

    @Test
    void itIsRemovedByWhoeverMayAtOnce() {
        leaveAttended();
        instances().remove(id);
        assertThat(instances().find(id)).isEmpty();
        instances().attend(id);
        assertThat(instances().list()).isEmpty();
    }
}
