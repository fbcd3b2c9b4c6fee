package org.kdcloudlet.server.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.TestCloudlet.PATIENCE;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.TestCloudlet.Limits;
import org.kdcloudlet.server.catalog.Service;

/** Clones that wait for a start. */
class PoolTest {
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
    void aStartTakesAWaitingCloneAndThePoolIsRefilled() {
        cloudlet.serve(service("a").poolSize(2));
        cloudlet.awaitPools();
        List<UUID> waiting = cloudlet.machines();
        int clones = cloudlet.world.calls(FakeCall.CLONE);

        Instance instance = cloudlet.start("a");

        assertThat(instance.kind()).isEqualTo(StartKind.POOL);
        assertThat(waiting).contains(instance.id());
        assertThat(instance.forwards()).isNotEmpty();
        cloudlet.awaitPools();
        assertThat(cloudlet.world.calls(FakeCall.CLONE)).isEqualTo(clones + 1);
        assertThat(cloudlet.machines()).hasSize(3);
    }

    @Test
    void refillWaitsWhileAStartIsUnderWay() throws Exception {
        cloudlet.serve(service("a").poolSize(1));
        cloudlet.world.failNext(FakeCall.FREEZE, HypervisorError.FAILED);
        cloudlet.serve(service("slow"));
        cloudlet.awaitPools();
        CountDownLatch gate = cloudlet.world.hold(FakeCall.BOOT);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Instance> slow = thread.submit(() -> cloudlet.start("slow"));
            await().atMost(PATIENCE)
                    .until(() -> !cloudlet.domain().instances().list().isEmpty());
            int clones = cloudlet.world.calls(FakeCall.CLONE);
            Service pooled = cloudlet.domain().catalog().get("a");
            cloudlet.domain()
                    .catalog()
                    .edit("a", pooled.definition().toBuilder().poolSize(2).build());

            // Ten times as long as it takes where nothing is under way.
            await().during(Duration.ofMillis(200))
                    .atMost(PATIENCE)
                    .until(() -> cloudlet.world.calls(FakeCall.CLONE) == clones);
            gate.countDown();
            assertThat(slow.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).state()).isEqualTo(InstanceState.READY);
            cloudlet.awaitPools();
        } finally {
            gate.countDown();
            thread.shutdownNow();
        }
    }

    @Test
    void aWaitingCloneThatDiesIsReplacedAndNeverHandedOut() {
        cloudlet.serve(service("a").poolSize(1));
        cloudlet.awaitPools();
        UUID dead = cloudlet.machines().get(0);

        cloudlet.world.die(dead, "killed by the test");
        Instance instance = cloudlet.start("a");

        assertThat(instance.id()).isNotEqualTo(dead);
        awaitReplacement(dead);
    }

    /** Waits until the pool of the only service is full, and not by what died. */
    private void awaitReplacement(UUID dead) {
        await().atMost(PATIENCE)
                .until(() -> cloudlet.pools().get(0).ready() == 1
                        && cloudlet.domain().instances().list().size() + 1
                                == cloudlet.machines().size()
                        && !cloudlet.machines().contains(dead));
    }

    @Test
    void aCloneThatWaitsHasAnsweredAsOftenAsItsServiceIsWarmedUp() {
        cloudlet.serve(service("a").poolSize(1).warmUps(7));
        cloudlet.awaitPools();
        int answers = cloudlet.world.calls(FakeCall.AWAIT_READY);

        UUID dead = cloudlet.machines().get(0);
        cloudlet.world.die(dead, "killed by the test");
        awaitReplacement(dead);

        assertThat(cloudlet.world.calls(FakeCall.AWAIT_READY) - answers).isEqualTo(1 + 7);
    }

    @Test
    void aCloneThatStopsAnsweringWhileItIsWarmedUpIsStopped() throws Exception {
        cloudlet.serve(service("a").poolSize(1).warmUps(1));
        cloudlet.awaitPools();
        CountDownLatch gate = cloudlet.world.hold(FakeCall.AWAIT_READY);
        int answers = cloudlet.world.calls(FakeCall.AWAIT_READY);
        try {
            cloudlet.world.die(cloudlet.machines().get(0), "killed by the test");
            await().atMost(PATIENCE).until(() -> cloudlet.world.calls(FakeCall.AWAIT_READY) == answers + 1);
            UUID silent = cloudlet.machines().get(0);
            cloudlet.world.failNext(FakeCall.AWAIT_READY, HypervisorError.NOT_READY);
            gate.countDown();

            await().atMost(PATIENCE).until(() -> !cloudlet.machines().contains(silent));
            cloudlet.awaitPools();
        } finally {
            gate.countDown();
        }
    }

    @Test
    void failuresToFillAreToldAndOvercome() {
        CountDownLatch first = cloudlet.world.hold(FakeCall.CLONE);
        cloudlet.world.failNext(FakeCall.CLONE, HypervisorError.NO_SPACE);
        cloudlet.serve(service("a").poolSize(1));
        await().atMost(PATIENCE).until(() -> cloudlet.world.calls(FakeCall.CLONE) == 1);
        CountDownLatch second = cloudlet.world.hold(FakeCall.CLONE);
        first.countDown();

        await().atMost(PATIENCE).until(() -> cloudlet.pools().get(0).problem().isPresent());
        assertThat(cloudlet.domain().events().recent(100))
                .anySatisfy(event -> assertThat(event.type()).isEqualTo("pool.failed"));
        second.countDown();
        cloudlet.awaitPools();
        assertThat(cloudlet.pools().get(0).problem()).isEmpty();
    }

    @Test
    void waitingClonesOfAnOldImageAreDropped() {
        cloudlet.serve(service("a").poolSize(1));
        cloudlet.awaitPools();
        UUID old = cloudlet.machines().get(0);

        cloudlet.importImage("a", "another image");
        await().atMost(PATIENCE).until(() -> !cloudlet.machines().contains(old));
        cloudlet.awaitPools();

        Instance instance = cloudlet.start("a");
        assertThat(instance.imageVersion()).isEqualTo(2);
        assertThat(instance.kind()).isEqualTo(StartKind.POOL);
    }

    @Test
    void editsOfPortsAndSizeReachThePool() {
        Service service = cloudlet.serve(service("a").poolSize(3));
        cloudlet.awaitPools();

        cloudlet.domain()
                .catalog()
                .edit("a", service.definition().toBuilder().poolSize(1).build());
        await().atMost(PATIENCE).until(() -> cloudlet.machines().size() == 1);
        UUID old = cloudlet.machines().get(0);
        cloudlet.domain()
                .catalog()
                .edit(
                        "a",
                        service.definition().toBuilder()
                                .poolSize(1)
                                .port(org.kdcloudlet.hypervisor.Protocol.TCP, 9001)
                                .build());
        await().atMost(PATIENCE).until(() -> !cloudlet.machines().contains(old));
        cloudlet.awaitPools();
        assertThat(cloudlet.start("a").forwards()).hasSize(2);
    }

    @Test
    void waitingClonesGiveWayWhenAStartNeedsTheRoom() {
        cloudlet.close();
        cloudlet.limits(limits -> new Limits(3, 50, 1000, limits.startDeadline(), limits.idle(), 3))
                .open();
        cloudlet.serve(service("pooled").poolSize(3));
        cloudlet.serve(service("b"));
        cloudlet.awaitPools();

        for (int i = 0; i < 3; i++) {
            assertThat(cloudlet.start("b").state()).isEqualTo(InstanceState.READY);
        }
        assertThat(cloudlet.machines()).hasSize(3);
        assertThat(cloudlet.domain().instances().capacity().pooled()).isZero();
    }

    /** Often, since a clone that was counted twice for a moment had another one stopped now and then. */
    @RepeatedTest(20)
    void poolsAreAdoptedWhenStillWantedAndStoppedWhenNot() {
        cloudlet.serve(service("a").poolSize(2));
        cloudlet.serve(service("b").poolSize(1));
        cloudlet.awaitPools();
        List<UUID> waiting = cloudlet.machines();
        int clones = cloudlet.world.calls(FakeCall.CLONE);

        cloudlet.restart();
        cloudlet.awaitPools();
        assertThat(cloudlet.machines()).containsExactlyInAnyOrderElementsOf(waiting);
        assertThat(cloudlet.world.calls(FakeCall.CLONE)).isEqualTo(clones);

        cloudlet.close();
        cloudlet.world.upgrade("2.0");
        cloudlet.open();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(cloudlet.pools()).hasSize(2).allSatisfy(pool -> assertThat(pool.ready())
                        .isEqualTo(pool.wanted())));
        assertThat(cloudlet.machines()).doesNotContainAnyElementsOf(waiting);
    }

    @Test
    void anUpgradeWhileTheServerRunsHasTemplatesMadeAnew() {
        cloudlet.serve(service("a").poolSize(1));
        cloudlet.awaitPools();
        UUID old = cloudlet.machines().get(0);

        cloudlet.world.upgrade("2.0");

        assertThat(cloudlet.start("a").kind()).isEqualTo(StartKind.BOOT);
        await().atMost(PATIENCE).until(() -> !cloudlet.machines().contains(old));
        cloudlet.awaitPools();
        assertThat(cloudlet.start("a").kind()).isEqualTo(StartKind.POOL);
    }

    @Test
    void aServiceThatIsRemovedJustWhenItsCloneIsReadyLeavesNoClone() {
        AtomicBoolean removed = new AtomicBoolean();
        cloudlet.hypervisor().observe(call -> {
            boolean looking = call == FakeCall.TEMPLATE_KEY
                    && Thread.currentThread().getName().equals("pool-clones")
                    && removed.compareAndSet(false, true);
            if (looking) {
                CompletableFuture.runAsync(() -> cloudlet.domain().catalog().delete("a", true))
                        .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                        .join();
            }
        });
        cloudlet.domain().catalog().add(service("a").poolSize(1).build());
        cloudlet.importImage("a", "an image");

        await().atMost(PATIENCE).untilTrue(removed);
        await().atMost(PATIENCE).until(() -> cloudlet.machines().isEmpty());
        await().atMost(PATIENCE)
                .until(() -> cloudlet.domain().instances().capacity().pooled() == 0);
    }

    @Test
    void aRemovedServiceLeavesNoClone() {
        cloudlet.serve(service("a").poolSize(2));
        cloudlet.awaitPools();

        cloudlet.domain().catalog().delete("a", false);

        await().atMost(PATIENCE).until(() -> cloudlet.machines().isEmpty());
        await().atMost(PATIENCE).until(() -> cloudlet.world.templateKeys().isEmpty());
    }
}
