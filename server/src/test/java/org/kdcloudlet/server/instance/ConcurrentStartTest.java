package org.kdcloudlet.server.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.Refusals.refused;
import static org.kdcloudlet.server.TestCloudlet.PATIENCE;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.TestCloudlet.Limits;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Many starts, joins and stops at once. */
class ConcurrentStartTest {
    private static final int THREADS = 64;

    @TempDir
    private Path folder;

    private TestCloudlet cloudlet;
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

    @BeforeEach
    void open() {
        cloudlet = new TestCloudlet(folder)
                .limits(limits -> new Limits(20, 12, 1000, limits.startDeadline(), limits.idle(), 3))
                .open();
    }

    @AfterEach
    void close() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        cloudlet.close();
    }

    private <T> List<Future<T>> atOnce(int times, Callable<T> call) {
        CountDownLatch go = new CountDownLatch(1);
        List<Future<T>> calls = IntStream.range(0, times)
                .mapToObj(i -> threads.submit(() -> {
                    go.await();
                    return call.call();
                }))
                .toList();
        go.countDown();
        return calls;
    }

    private static <T> T of(Future<T> call) throws Exception {
        return call.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void joinsAtOnceFillEachInstanceToTheBrimAndNotMore() throws Exception {
        cloudlet.serve(service("a").numUsers(8));

        List<UUID> joined = new ArrayList<>();
        for (Future<Instance> call : atOnce(40, () -> cloudlet.join("a"))) {
            joined.add(of(call).id());
        }

        Map<UUID, Long> users =
                joined.stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        assertThat(users).hasSize(5).allSatisfy((id, count) -> assertThat(count).isEqualTo(8));
        assertThat(cloudlet.domain().instances().list()).hasSize(5).allSatisfy(instance -> assertThat(instance.users())
                .isEqualTo(8));
        assertThat(cloudlet.restart().domain().instances().list())
                .hasSize(5)
                .allSatisfy(instance -> assertThat(instance.users()).isEqualTo(8));
    }

    @Test
    void joinsShareAnInstanceThatIsStartingAndItsFailure() throws Exception {
        cloudlet.serve(service("a").numUsers(3));
        CountDownLatch gate = cloudlet.world.hold(FakeCall.CLONE);
        cloudlet.world.failNext(FakeCall.CLONE, HypervisorError.NO_SPACE);

        List<Future<Instance>> calls = atOnce(3, () -> cloudlet.join("a"));
        await().atMost(PATIENCE)
                .until(() -> cloudlet.domain().instances().list().stream()
                                .mapToInt(Instance::users)
                                .sum()
                        == 3);
        assertThat(cloudlet.domain().instances().list())
                .singleElement()
                .satisfies(instance -> assertThat(instance.state()).isEqualTo(InstanceState.STARTING));
        gate.countDown();

        for (Future<Instance> call : calls) {
            refused(ErrorCode.STORAGE_FULL, () -> unwrapped(call));
        }
        assertThat(cloudlet.domain().instances().list()).isEmpty();
        assertThat(cloudlet.machines()).isEmpty();
    }

    private static void unwrapped(Future<Instance> call) throws Throwable {
        try {
            of(call);
        } catch (ExecutionException e) {
            throw e.getCause();
        }
    }

    @Test
    void aJoinThatWaitsTooLongIsCountedOut() throws Exception {
        cloudlet.close();
        cloudlet.limits(limits -> new Limits(20, 12, 1000, java.time.Duration.ofMillis(300), limits.idle(), 3))
                .open();
        cloudlet.serve(service("a").numUsers(3));
        CountDownLatch gate = cloudlet.world.hold(FakeCall.CLONE);
        Future<Instance> first = threads.submit(() -> cloudlet.join("a"));
        await().atMost(PATIENCE)
                .until(() -> !cloudlet.domain().instances().list().isEmpty());

        refused(ErrorCode.NOT_READY, () -> cloudlet.join("a"));
        assertThat(cloudlet.domain().instances().list())
                .singleElement()
                .satisfies(instance -> assertThat(instance.users()).isEqualTo(1));
        gate.countDown();
        assertThat(of(first).users()).isEqualTo(1);
    }

    @Test
    void anInstanceThatIsStartingCanBeRemoved() throws Exception {
        cloudlet.serve(service("a"));
        CountDownLatch gate = cloudlet.world.hold(FakeCall.AWAIT_READY);
        Future<Instance> start = threads.submit(() -> cloudlet.start("a"));
        await().atMost(PATIENCE).until(() -> !cloudlet.machines().isEmpty());
        UUID id = cloudlet.domain().instances().list().get(0).id();

        Future<?> removal = threads.submit(() -> cloudlet.domain().instances().remove(id));
        await().atMost(PATIENCE).until(() -> cloudlet.machines().isEmpty());
        gate.countDown();

        of(removal);
        refused(ErrorCode.CANCELLED, () -> unwrapped(start));
        assertThat(cloudlet.world.calls(FakeCall.BOOT))
                .as("only the template was booted")
                .isEqualTo(1);
        assertThat(cloudlet.domain().instances().list()).isEmpty();
    }

    @Test
    void limitsHoldAndNothingLeaksUnderManyStartsJoinsAndStops() throws Exception {
        cloudlet.serve(service("shared").numUsers(3).poolSize(2));
        cloudlet.serve(service("single").poolSize(1));
        AtomicInteger refusals = new AtomicInteger();
        AtomicInteger mostMachines = new AtomicInteger();
        AtomicBoolean watching = new AtomicBoolean(true);
        Future<?> watch = Executors.newSingleThreadExecutor().submit(() -> {
            while (watching.get()) {
                mostMachines.accumulateAndGet(cloudlet.machines().size(), Math::max);
                for (Instance instance : cloudlet.domain().instances().list()) {
                    assertThat(instance.users()).isBetween(0, 3);
                }
            }
        });
        AtomicInteger seed = new AtomicInteger();

        try {
            for (Future<Integer> call : atOnce(THREADS, () -> useForAWhile(seed.incrementAndGet(), refusals))) {
                assertThat(of(call)).isPositive();
            }
        } finally {
            watching.set(false);
        }
        of(watch);

        assertThat(mostMachines.get()).isBetween(3, 20);
        assertThat(refusals.get()).isPositive();
        assertThat(cloudlet.domain().instances().list()).isEmpty();
        cloudlet.awaitPools();
        assertThat(cloudlet.machines()).hasSize(3);
        assertThat(cloudlet.world.portsInUse()).hasSize(3);
        assertThat(cloudlet.domain().instances().capacity().instances()).isZero();
        cloudlet.restart();
        assertThat(cloudlet.domain().instances().list()).isEmpty();
    }

    private int useForAWhile(int seed, AtomicInteger refusals) {
        Random random = new Random(seed);
        int rounds = 0;
        while (rounds < 10) {
            try {
                Instance instance = random.nextBoolean() ? cloudlet.join("shared") : cloudlet.start("single");
                assertThat(cloudlet.machines()).contains(instance.id());
                cloudlet.domain().instances().stop(instance.id());
            } catch (CloudletException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.NO_ROOM);
                refusals.incrementAndGet();
            }
            rounds++;
        }
        return rounds;
    }
}
