package org.kdcloudlet.server.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kdcloudlet.server.Refusals.refused;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.MachineSnapshot;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationState;

/** Snapshots of instances, on the fake hypervisor. */
class SnapshotsTest {
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

    private Snapshots snapshots() {
        return cloudlet.domain().instances().snapshots();
    }

    private Instance instance(UUID id) {
        return cloudlet.domain().instances().get(id);
    }

    private Operation end(Operation operation) {
        return cloudlet.domain().operations().await(operation.id(), TestCloudlet.PATIENCE);
    }

    private void done(Operation operation) {
        Operation ended = end(operation);
        assertThat(ended.state()).as("%s", ended.error()).isEqualTo(OperationState.SUCCEEDED);
    }

    private ErrorCode failure(Operation operation) {
        Operation ended = end(operation);
        assertThat(ended.state()).isEqualTo(OperationState.FAILED);
        return ended.error().orElseThrow().code();
    }

    private UUID startWith(String content) {
        UUID id = cloudlet.join("a").id();
        cloudlet.world.content(id, content);
        return id;
    }

    private List<String> names(UUID id) {
        return snapshots().list(id).stream().map(MachineSnapshot::name).toList();
    }

    @Test
    void anInstanceIsBackAsItWasWithItsUsersAndPortsAndAfterARestart() {
        UUID id = startWith("before");
        cloudlet.join("a");
        Instance shown = instance(id);
        done(snapshots().take(id, "first"));
        assertThat(instance(id).state()).isEqualTo(InstanceState.READY);
        cloudlet.world.content(id, "after");
        done(snapshots().take(id, "second"));
        cloudlet.restart();
        assertThat(names(id)).containsExactly("first", "second");

        done(snapshots().restore(id, "first"));

        assertThat(cloudlet.world.content(id)).isEqualTo("before");
        assertThat(instance(id).state()).isEqualTo(InstanceState.READY);
        assertThat(instance(id).users()).isEqualTo(2);
        assertThat(instance(id).forwards()).isEqualTo(shown.forwards());
        assertThat(cloudlet.domain().events().recent(20))
                .anySatisfy(event -> assertThat(event.type()).isEqualTo("instance.restored"));
        snapshots().remove(id, "first");
        assertThat(names(id)).containsExactly("second");
        assertThat(cloudlet.restart().domain().instances().get(id).state()).isEqualTo(InstanceState.READY);
        cloudlet.world.die(id, "it is still watched");
        org.awaitility.Awaitility.await()
                .atMost(TestCloudlet.PATIENCE)
                .until(() -> instance(id).state() == InstanceState.FAILED);
        assertThat(names(id)).as("they went with the machine").isEmpty();
    }

    @Test
    void pausedAndSuspendedInstancesAreRestoredToo() {
        UUID paused = startWith("before");
        done(snapshots().take(paused, "running"));
        cloudlet.domain().instances().pause(paused);
        done(snapshots().take(paused, "paused"));
        assertThat(instance(paused).state()).isEqualTo(InstanceState.PAUSED);
        done(snapshots().restore(paused, "running"));
        assertThat(instance(paused).state()).isEqualTo(InstanceState.READY);
        cloudlet.world.content(paused, "after");
        cloudlet.domain().instances().suspend(paused);
        refused(ErrorCode.CONFLICT, () -> snapshots().take(paused, "suspended"));

        done(snapshots().restore(paused, "running"));

        assertThat(instance(paused).state()).isEqualTo(InstanceState.READY);
        assertThat(cloudlet.world.content(paused)).isEqualTo("before");
        assertThat(cloudlet.domain().instances().capacity().instances()).isEqualTo(1);
        cloudlet.domain().instances().remove(paused);
        assertThat(cloudlet.world.snapshotNames()).isEmpty();
        assertThat(cloudlet.domain().instances().capacity().memoryPromised()).isZero();
    }

    @Test
    void aSnapshotThatFailsOrIsCancelledLeavesTheInstanceRunning() {
        UUID id = startWith("before");
        cloudlet.world.failNext(FakeCall.SNAPSHOT, HypervisorError.NO_SPACE);
        assertThat(failure(snapshots().take(id, "full"))).isEqualTo(ErrorCode.STORAGE_FULL);

        CountDownLatch gate = cloudlet.world.hold(FakeCall.SNAPSHOT);
        Operation held = snapshots().take(id, "cancelled");
        org.awaitility.Awaitility.await()
                .atMost(TestCloudlet.PATIENCE)
                .until(() -> cloudlet.world.calls(FakeCall.SNAPSHOT) == 2);
        cloudlet.domain().operations().cancel(held.id());
        gate.countDown();
        assertThat(end(held).state()).isEqualTo(OperationState.CANCELLED);

        assertThat(names(id)).isEmpty();
        assertThat(instance(id).state()).isEqualTo(InstanceState.READY);
    }

    @Test
    void aRestoreThatFailsLeavesTheInstanceAsItWas() {
        UUID id = startWith("before");
        done(snapshots().take(id, "first"));
        cloudlet.world.content(id, "after");
        for (FakeCall call : List.of(FakeCall.SUSPEND, FakeCall.RESTORE)) {
            cloudlet.world.failNext(call, HypervisorError.FAILED);
            assertThat(failure(snapshots().restore(id, "first"))).isEqualTo(ErrorCode.START_FAILED);
            assertThat(instance(id).state()).as(call.name()).isEqualTo(InstanceState.READY);
            assertThat(cloudlet.world.content(id)).isEqualTo("after");
        }
        cloudlet.domain().instances().pause(id);
        cloudlet.world.failNext(FakeCall.RESTORE, HypervisorError.TIMEOUT);
        assertThat(failure(snapshots().restore(id, "first"))).isEqualTo(ErrorCode.START_FAILED);
        assertThat(instance(id).state()).isEqualTo(InstanceState.PAUSED);

        cloudlet.world.failNext(FakeCall.RESTORE, HypervisorError.FAILED);
        cloudlet.world.failNext(FakeCall.WAKE, HypervisorError.FAILED);
        Operation failed = end(snapshots().restore(id, "first"));
        assertThat(failed.log()).anySatisfy(line -> assertThat(line).contains("is suspended as it was"));
        assertThat(instance(id).state()).isEqualTo(InstanceState.SUSPENDED);
        assertThat(cloudlet.domain().instances().capacity().instances()).isZero();
        cloudlet.world.failNext(FakeCall.RESTORE, HypervisorError.FAILED);
        assertThat(failure(snapshots().restore(id, "first"))).isEqualTo(ErrorCode.START_FAILED);
        assertThat(instance(id).state()).isEqualTo(InstanceState.SUSPENDED);
        cloudlet.domain().instances().wake(id);
        assertThat(cloudlet.world.content(id)).isEqualTo("after");
    }

    @Test
    void numberNamesAndDiskAreBounded() {
        UUID id = startWith("before");
        for (String name : List.of("", ".hidden", "../up", "a/b", "x".repeat(65), "new\nline", "<b>")) {
            refused(ErrorCode.INVALID_VALUE, () -> snapshots().take(id, name));
        }
        refused(ErrorCode.INSTANCE_UNKNOWN, () -> snapshots().take(UUID.randomUUID(), "a"));
        refused(ErrorCode.INSTANCE_UNKNOWN, () -> snapshots().list(UUID.randomUUID()));
        refused(ErrorCode.SNAPSHOT_UNKNOWN, () -> snapshots().restore(id, "unknown"));
        refused(ErrorCode.SNAPSHOT_UNKNOWN, () -> snapshots().remove(id, "unknown"));
        cloudlet.host.diskFree((1L << 30) + 1000);
        assertThat(failure(snapshots().take(id, "full"))).isEqualTo(ErrorCode.NO_ROOM);
        cloudlet.host.diskFree(64L << 30);
        for (int i = 1; i <= 5; i++) {
            done(snapshots().take(id, "number-" + i));
        }
        refused(ErrorCode.CONFLICT, () -> snapshots().take(id, "number-1"));
        refused(ErrorCode.CONFLICT, () -> snapshots().take(id, "number-6"));
        snapshots().remove(id, "number-1");
        done(snapshots().take(id, "number-6"));
    }

    @Test
    void ofManyAtOnceOfOneNameOneIsTaken() {
        UUID id = startWith("before");
        CountDownLatch gate = cloudlet.world.hold(FakeCall.SNAPSHOT);
        List<Operation> asked = List.of(snapshots().take(id, "one"), snapshots().take(id, "one"));
        gate.countDown();
        assertThat(asked)
                .extracting(operation -> end(operation).state())
                .containsExactlyInAnyOrder(OperationState.SUCCEEDED, OperationState.FAILED);
        assertThat(names(id)).containsExactly("one");
    }
}
