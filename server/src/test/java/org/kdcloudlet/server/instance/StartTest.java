package org.kdcloudlet.server.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.Refusals.refused;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.error.ErrorCode;

/** Starting, joining and stopping, one after the other. */
class StartTest {
    @TempDir
    private Path folder;

    private TestCloudlet cloudlet;

    @BeforeEach
    void open() {
        cloudlet = TestCloudlet.open(folder);
    }

    @AfterEach
    void close() {
        cloudlet.close();
    }

    @Test
    void startClonesTheTemplateAndCountsAUserIn() {
        cloudlet.serve(service("a").port(Protocol.TCP, 9001));

        Instance instance = cloudlet.start("a");

        assertThat(instance.state()).isEqualTo(InstanceState.READY);
        assertThat(instance.kind()).isEqualTo(StartKind.CLONE);
        assertThat(instance.users()).isEqualTo(1);
        assertThat(instance.readyAt()).isPresent();
        assertThat(instance.forward().orElseThrow().guest().port()).isEqualTo(9000);
        assertThat(instance.forwards()).hasSize(2);
        assertThat(cloudlet.machines()).containsExactly(instance.id());
        assertThat(cloudlet.domain().instances().list()).containsExactly(instance);
    }

    @Test
    void aServiceThatIsNotClonedIsBootedAndHasNeitherTemplateNorPool() {
        cloudlet.serve(service("a").cloned(false).poolSize(1));

        Instance instance = cloudlet.start("a");

        assertThat(instance.kind()).isEqualTo(StartKind.BOOT);
        assertThat(cloudlet.hypervisor().templates()).isEmpty();
        assertThat(cloudlet.machines()).containsExactly(instance.id());
    }

    @Test
    void aServiceThatIsNoLongerClonedLosesItsTemplateAndIsBooted() {
        cloudlet.serve(service("a"));

        cloudlet.domain().catalog().edit("a", service("a").cloned(false).build());

        assertThat(cloudlet.start("a").kind()).isEqualTo(StartKind.BOOT);
    }

    @Test
    void withoutJoinEachStartIsANewInstance() {
        cloudlet.serve(service("a").numUsers(5));

        assertThat(cloudlet.start("a").id()).isNotEqualTo(cloudlet.start("a").id());
        assertThat(cloudlet.machines()).hasSize(2);
    }

    @Test
    void joinSharesUntilFullThenStartsAnew() {
        cloudlet.serve(service("a").numUsers(2));

        Instance first = cloudlet.join("a");
        Instance second = cloudlet.join("a");
        Instance third = cloudlet.join("a");

        assertThat(second.id()).isEqualTo(first.id());
        assertThat(second.users()).isEqualTo(2);
        assertThat(third.id()).isNotEqualTo(first.id());
    }

    @Test
    void joinOfAServiceThatIsNeverSharedStartsAnew() {
        cloudlet.serve(service("a").numUsers(0));

        assertThat(cloudlet.join("a").id()).isNotEqualTo(cloudlet.join("a").id());
    }

    @Test
    void theLastUserOutStopsAndRemoves() {
        cloudlet.serve(service("a").numUsers(2));
        UUID id = cloudlet.join("a").id();
        cloudlet.join("a");

        cloudlet.domain().instances().stop(id);
        assertThat(cloudlet.domain().instances().get(id).users()).isEqualTo(1);
        assertThat(cloudlet.machines()).containsExactly(id);

        cloudlet.domain().instances().stop(id);
        assertThat(cloudlet.machines()).isEmpty();
        assertThat(cloudlet.domain().instances().list()).isEmpty();
        assertThat(cloudlet.world.portsInUse()).isEmpty();
        refused(ErrorCode.INSTANCE_UNKNOWN, () -> cloudlet.domain().instances().stop(id));
    }

    @Test
    void withoutTemplateAStartBoots() {
        cloudlet.world.failNext(FakeCall.FREEZE, HypervisorError.FAILED);
        cloudlet.serve(service("a"));

        assertThat(cloudlet.start("a").kind()).isEqualTo(StartKind.BOOT);
    }

    @Test
    void aTemplateThatCannotBeClonedIsBootedAroundAndMadeAnew() {
        cloudlet.serve(service("a"));
        cloudlet.world.loseTemplates();

        assertThat(cloudlet.start("a").kind()).isEqualTo(StartKind.BOOT);
        await().atMost(TestCloudlet.PATIENCE).until(() -> {
            Instance next = cloudlet.start("a");
            cloudlet.domain().instances().stop(next.id());
            return next.kind() == StartKind.CLONE;
        });
    }

    @Test
    void refusesWhatIsNotThere() {
        refused(ErrorCode.SERVICE_UNKNOWN, () -> cloudlet.start("nobody"));
        refused(ErrorCode.SERVICE_UNKNOWN, () -> cloudlet.start(""));
        refused(ErrorCode.SERVICE_UNKNOWN, () -> cloudlet.start("x".repeat(1 << 20)));
        refused(ErrorCode.SERVICE_UNKNOWN, () -> cloudlet.start("a\0\n"));
        refused(ErrorCode.INSTANCE_UNKNOWN, () -> cloudlet.domain().instances().stop(UUID.randomUUID()));
        cloudlet.domain().catalog().add(service("empty").build());
        refused(ErrorCode.SERVICE_WITHOUT_IMAGE, () -> cloudlet.start("empty"));
    }

    @Test
    void theMessageOfAnUnknownServiceDoesNotRepeatAMegabyte() {
        assertThatThrownBy(() -> cloudlet.start("x".repeat(1 << 20)))
                .satisfies(error -> assertThat(error.getMessage()).hasSizeLessThan(200));
    }

    @Test
    void aFailedStartLeavesNothing() {
        cloudlet.serve(service("a"));

        cloudlet.world.failNext(FakeCall.AWAIT_READY, HypervisorError.NOT_READY);
        refused(ErrorCode.NOT_READY, () -> cloudlet.start("a"));
        cloudlet.world.failNext(FakeCall.CLONE, HypervisorError.PORTS_EXHAUSTED);
        refused(ErrorCode.PORTS_EXHAUSTED, () -> cloudlet.start("a"));
        cloudlet.world.failNext(FakeCall.CLONE, HypervisorError.NO_SPACE);
        refused(ErrorCode.STORAGE_FULL, () -> cloudlet.start("a"));
        cloudlet.world.failNext(FakeCall.CLONE, HypervisorError.MACHINE_FAILED);
        cloudlet.world.failNext(FakeCall.BOOT, HypervisorError.FAILED);
        refused(ErrorCode.START_FAILED, () -> cloudlet.start("a"));

        assertThat(cloudlet.machines()).isEmpty();
        assertThat(cloudlet.world.portsInUse()).isEmpty();
        assertThat(cloudlet.domain().instances().list()).isEmpty();
        assertThat(cloudlet.domain().instances().capacity().instances()).isZero();
        assertThat(cloudlet.start("a").state()).isEqualTo(InstanceState.READY);
    }

    @Test
    void whenAllPortsAreTakenAStartIsRefused() {
        cloudlet.close();
        cloudlet.limits(limits ->
                        new TestCloudlet.Limits(100, 50, 2, limits.startDeadline(), limits.idle(), limits.versions()))
                .open();
        cloudlet.serve(service("a"));
        cloudlet.start("a");
        cloudlet.start("a");

        refused(ErrorCode.PORTS_EXHAUSTED, () -> cloudlet.start("a"));
        assertThat(cloudlet.machines()).hasSize(2);
    }

    @Test
    void pauseSuspendAndWakeKeepTheInstance() {
        cloudlet.serve(service("a"));
        UUID id = cloudlet.start("a").id();
        Instances instances = cloudlet.domain().instances();

        assertThat(instances.pause(id).state()).isEqualTo(InstanceState.PAUSED);
        assertThat(instances.pause(id).state()).isEqualTo(InstanceState.PAUSED);
        assertThat(instances.resume(id).state()).isEqualTo(InstanceState.READY);
        assertThat(instances.suspend(id).state()).isEqualTo(InstanceState.SUSPENDED);
        assertThat(cloudlet.machines()).isEmpty();
        refused(ErrorCode.CONFLICT, () -> instances.screenshot(id));
        refused(ErrorCode.CONFLICT, () -> instances.pause(id));
        Instance woken = instances.wake(id);

        assertThat(woken.state()).isEqualTo(InstanceState.READY);
        assertThat(woken.forwards()).isNotEmpty();
        assertThat(instances.screenshot(id)).startsWith((byte) 0x89, (byte) 'P');
        assertThat(instances.log(id)).isNotEmpty();
        instances.stop(id);
        assertThat(cloudlet.machines()).isEmpty();
    }

    @Test
    void aSuspendedInstanceCanBeRemoved() {
        cloudlet.serve(service("a"));
        UUID id = cloudlet.start("a").id();
        cloudlet.domain().instances().suspend(id);

        cloudlet.domain().instances().remove(id);

        assertThat(cloudlet.world.sleeping()).isEmpty();
        assertThat(cloudlet.domain().instances().list()).isEmpty();
    }

    @Test
    void aStopThatFailsIsReportedAndTriedAgain() {
        cloudlet.serve(service("a"));
        UUID id = cloudlet.start("a").id();
        cloudlet.world.failNext(FakeCall.STOP, HypervisorError.TIMEOUT);

        refused(ErrorCode.STOP_FAILED, () -> cloudlet.domain().instances().stop(id));

        assertThat(cloudlet.domain().instances().get(id).state()).isEqualTo(InstanceState.STOPPING);
        cloudlet.restart();
        assertThat(cloudlet.machines()).isEmpty();
        assertThat(cloudlet.domain().instances().list()).isEqualTo(List.of());
    }
}
