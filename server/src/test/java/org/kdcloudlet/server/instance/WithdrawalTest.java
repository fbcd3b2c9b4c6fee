package org.kdcloudlet.server.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.Refusals.refused;
import static org.kdcloudlet.server.TestCloudlet.PATIENCE;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.TestCloudlet.Limits;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Services and image versions that are taken away from instances to come, on a disk that is slow about it. */
class WithdrawalTest {
    @TempDir
    private Path folder;

    private TestCloudlet cloudlet;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch disk = new CountDownLatch(1);
    private volatile String slow = "none";
    private volatile Optional<CloudletException> fault = Optional.empty();

    @BeforeEach
    void open() {
        TestCloudlet closed = new TestCloudlet(folder);
        cloudlet = closed.open(closed.world.hypervisor(), this::beforeStatement);
        cloudlet.serve(service("a"));
        cloudlet.serve(service("b"));
    }

    private void beforeStatement(String statement) {
        if (!statement.startsWith(slow)) {
            return;
        }
        reached.countDown();
        try {
            assertThat(disk.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        fault.ifPresent(failure -> {
            throw failure;
        });
    }

    @AfterEach
    void close() {
        disk.countDown();
        cloudlet.close();
    }

    private record Call(Thread thread, FutureTask<Void> outcome) {
        static Call begin(Runnable work) {
            FutureTask<Void> outcome = new FutureTask<>(work, null);
            Thread thread = new Thread(outcome, "call");
            thread.start();
            return new Call(thread, outcome);
        }

        void ended() throws Exception {
            outcome.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }

        void awaitPause() {
            await().atMost(PATIENCE).until(() -> thread.getState() == Thread.State.TIMED_WAITING);
        }
    }

    private Call beginHeld(Runnable work, String statement) throws InterruptedException {
        slow = statement;
        Call call = Call.begin(work);
        assertThat(reached.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return call;
    }

    private Call beginRemovalOfService() throws InterruptedException {
        return beginHeld(() -> cloudlet.domain().catalog().delete("a", false), "DELETE FROM services");
    }

    @Test
    void instancesAreLookedUpWhileAServiceIsRemoved() throws Exception {
        Instance other = cloudlet.start("b");
        Call removal = beginRemovalOfService();

        Call look = Call.begin(() -> {
            assertThat(cloudlet.domain().instances().list()).containsExactly(other);
            assertThat(cloudlet.domain().instances().get(other.id())).isEqualTo(other);
            assertThat(cloudlet.domain().instances().capacity().instances()).isOne();
        });

        look.ended();
        assertThat(removal.outcome().isDone()).isFalse();
        disk.countDown();
        removal.ended();
    }

    @Test
    void noInstanceBeginsToUseAServiceThatIsBeingRemoved() throws Exception {
        int clones = cloudlet.world.calls(FakeCall.CLONE);
        Call removal = beginRemovalOfService();

        AtomicReference<CloudletException> refusal = new AtomicReference<>();
        Call start = Call.begin(() -> refusal.set(refused(ErrorCode.SERVICE_UNKNOWN, () -> cloudlet.start("a"))));
        start.awaitPause();
        assertThat(cloudlet.domain().instances().list()).isEmpty();
        disk.countDown();

        removal.ended();
        start.ended();
        assertThat(refusal.get()).isNotNull();
        assertThat(cloudlet.world.calls(FakeCall.CLONE)).isEqualTo(clones);
    }

    @Test
    void aStartGoesOnWhenTheServiceCouldNotBeRemoved() throws Exception {
        Call removal = beginHeld(
                () -> refused(
                        ErrorCode.STORAGE_FULL,
                        () -> cloudlet.domain().catalog().delete("a", false)),
                "DELETE FROM services");
        Call start = Call.begin(() -> cloudlet.start("a"));
        start.awaitPause();

        fault = Optional.of(new CloudletException(ErrorCode.STORAGE_FULL, "No space left"));
        disk.countDown();

        removal.ended();
        start.ended();
        assertThat(cloudlet.domain().instances().list())
                .singleElement()
                .satisfies(instance -> assertThat(instance.state()).isEqualTo(InstanceState.READY));
        refused(ErrorCode.SERVICE_IN_USE, () -> cloudlet.domain().catalog().delete("a", false));
    }

    @Test
    void theRemovalOfAnOldVersionHoldsUpNoStartFromTheCurrentOne() throws Exception {
        cloudlet.importImage("a", "second");
        Call removal = beginHeld(() -> cloudlet.domain().images().remove("a", 1), "DELETE FROM image_versions");

        Call start = Call.begin(() -> cloudlet.start("a"));
        await().atMost(PATIENCE).until(() -> !cloudlet.machines().isEmpty());
        assertThat(removal.outcome().isDone()).isFalse();
        disk.countDown();

        removal.ended();
        start.ended();
        assertThat(cloudlet.domain().images().versions("a"))
                .singleElement()
                .satisfies(version -> assertThat(version.number()).isEqualTo(2));
    }

    @Test
    void aVersionThatIsMadeTheCurrentOneMeanwhileIsNotRemoved() throws Exception {
        cloudlet.importImage("a", "second");
        Call rollback = beginHeld(() -> cloudlet.domain().images().use("a", 1), "UPDATE services");

        Call removal = Call.begin(() -> refused(
                ErrorCode.IMAGE_VERSION_IN_USE, () -> cloudlet.domain().images().remove("a", 1)));
        await().atMost(PATIENCE).until(() -> removal.thread().getState() == Thread.State.WAITING);
        disk.countDown();

        rollback.ended();
        removal.ended();
        assertThat(cloudlet.domain().catalog().get("a").imageVersion()).contains(1);
        assertThat(cloudlet.start("a").imageVersion()).isEqualTo(1);
    }

    @Test
    void aStartThatWaitsForARemovalForTooLongIsRefused() throws Exception {
        cloudlet.close();
        cloudlet.limits(limits -> new Limits(100, 50, 1000, Duration.ofMillis(300), limits.idle(), limits.versions()))
                .open(cloudlet.world.hypervisor(), this::beforeStatement);
        Call removal = beginRemovalOfService();

        refused(ErrorCode.NOT_READY, () -> cloudlet.start("a"));

        assertThat(removal.outcome().isDone()).isFalse();
        disk.countDown();
        removal.ended();
    }
}
