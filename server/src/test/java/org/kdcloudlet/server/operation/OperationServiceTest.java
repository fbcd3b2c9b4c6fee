package org.kdcloudlet.server.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kdcloudlet.server.Refusals.refused;
import static org.kdcloudlet.server.TestCloudlet.PATIENCE;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.server.FakeClock;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.Operation.Step;
import org.kdcloudlet.server.storage.Database;

/** Long work: steps, progress, cancel, deadline, and what a restart makes of it. */
class OperationServiceTest {
    @TempDir
    private Path folder;

    private final FakeClock clock = new FakeClock();
    private Database database;
    private EventLog events;
    private OperationService operations;

    @BeforeEach
    void open() {
        database = Database.open(folder.resolve("test.sqlite"));
        events = new EventLog(database, clock);
        operations = new OperationService(database, events, clock);
    }

    @AfterEach
    void close() {
        operations.close();
        events.close();
        database.close();
    }

    private Operation run(Operations.Job job) {
        Operation operation = operations.start("test.kind", "target", PATIENCE, job);
        return operations.await(operation.id(), PATIENCE);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void stepsLogAndResultAreKept() {
        Operation done = run(context -> {
            context.step("one");
            context.log("line");
            context.step("two");
            context.result("7");
        });

        assertThat(done.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(done.steps())
                .containsExactly(new Step("one", OperationState.SUCCEEDED), new Step("two", OperationState.SUCCEEDED));
        assertThat(done.log()).containsExactly("line");
        assertThat(done.result()).contains("7");
        assertThat(done.finished()).isPresent();
        assertThat(done.cancellable()).isFalse();
        close();
        open();
        assertThat(operations.get(done.id())).isEqualTo(done);
        assertThat(operations.list()).containsExactly(done);
    }

    @Test
    void progressIsSeenWhileItRuns() {
        CountDownLatch reported = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Operation operation = operations.start("test.kind", "target", PATIENCE, context -> {
            context.step("copy");
            context.progress().report(25, 100);
            reported.countDown();
            await(go);
        });
        await(reported);

        Operation now = operations.get(operation.id());
        assertThat(now.percent()).contains(25);
        assertThat(now.bytesDone()).isEqualTo(25);
        assertThat(now.bytesTotal()).isEqualTo(100);
        assertThat(now.cancellable()).isTrue();
        go.countDown();
        assertThat(operations.await(operation.id(), PATIENCE).state()).isEqualTo(OperationState.SUCCEEDED);
    }

    @Test
    void failuresAreTypedAndFaultsOfTheProgramSayLittle() {
        Operation typed = run(context -> {
            context.step("one");
            throw new CloudletException(ErrorCode.IMAGE_INVALID, "It is a text file");
        });
        assertThat(typed.state()).isEqualTo(OperationState.FAILED);
        assertThat(typed.error()).contains(new Operation.Failure(ErrorCode.IMAGE_INVALID, "It is a text file"));
        assertThat(typed.steps()).containsExactly(new Step("one", OperationState.FAILED));

        Operation hypervisor = run(context -> {
            throw new HypervisorException(HypervisorError.NO_SPACE, "Full");
        });
        assertThat(hypervisor.error()).contains(new Operation.Failure(ErrorCode.STORAGE_FULL, "Full"));

        Operation fault = run(context -> {
            throw new IllegalStateException("secret detail");
        });
        assertThat(fault.error().orElseThrow().code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(fault.error().orElseThrow().message()).doesNotContain("secret");
    }

    @Test
    void cancelUndoesAndEnds() {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(1);
        AtomicBoolean undone = new AtomicBoolean();
        Operation operation = operations.start("test.kind", "target", PATIENCE, context -> {
            try (Reverter undo = new Reverter()) {
                context.step("one");
                undo.add("step one", () -> undone.set(true));
                context.onCancel(blocked::countDown);
                begun.countDown();
                await(blocked);
                context.checkCancelled();
                undo.commit();
            }
        });
        await(begun);

        operations.cancel(operation.id());

        Operation ended = operations.await(operation.id(), PATIENCE);
        assertThat(ended.state()).isEqualTo(OperationState.CANCELLED);
        assertThat(ended.error().orElseThrow().code()).isEqualTo(ErrorCode.CANCELLED);
        assertThat(undone).isTrue();
        assertThat(operations.cancel(operation.id())).isEqualTo(ended);
    }

    @Test
    void whatIsAboutToEndCannotBeCancelled() {
        CountDownLatch committed = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Operation operation = operations.start("test.kind", "target", PATIENCE, context -> {
            context.commit();
            committed.countDown();
            await(go);
        });
        await(committed);

        refused(ErrorCode.CONFLICT, () -> operations.cancel(operation.id()));
        go.countDown();
        assertThat(operations.await(operation.id(), PATIENCE).state()).isEqualTo(OperationState.SUCCEEDED);
    }

    @Test
    void theDeadlineEndsIt() {
        CountDownLatch never = new CountDownLatch(1);
        Operation operation = operations.start("test.kind", "target", Duration.ofMillis(50), context -> {
            context.onCancel(never::countDown);
            await(never);
            context.checkCancelled();
        });

        Operation ended = operations.await(operation.id(), PATIENCE);
        assertThat(ended.state()).isEqualTo(OperationState.FAILED);
        assertThat(ended.error().orElseThrow().code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
    }

    @Test
    void awaitReturnsWhatIsKnownWhenItsTimeIsOver() {
        CountDownLatch go = new CountDownLatch(1);
        Operation operation = operations.start("test.kind", "target", PATIENCE, context -> await(go));
        assertThat(operations.await(operation.id(), Duration.ofMillis(1)).state())
                .isEqualTo(OperationState.RUNNING);
        go.countDown();
        operations.await(operation.id(), PATIENCE);
    }

    @Test
    void closingCancels() {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(1);
        Operation operation = operations.start("test.kind", "target", PATIENCE, context -> {
            context.onCancel(blocked::countDown);
            begun.countDown();
            await(blocked);
            context.checkCancelled();
        });
        await(begun);
        close();
        open();

        Operation ended = operations.get(operation.id());
        assertThat(ended.state()).isEqualTo(OperationState.CANCELLED);
        assertThat(ended.error().orElseThrow().code()).isEqualTo(ErrorCode.SHUTTING_DOWN);
    }

    @Test
    void whatAKilledServerLeftRunningHasFailed() {
        database.change(
                handle -> handle.execute("INSERT INTO operations (id, kind, target, state, steps_json, log_json,"
                        + " created, deadline) VALUES (77, 'test.kind', 'target', 'RUNNING',"
                        + " '[{\"name\":\"one\",\"state\":\"RUNNING\"}]', '[]', "
                        + clock.instant().toEpochMilli() + ", 0)"));
        close();
        open();

        Operation left = operations.get(77);
        assertThat(left.state()).isEqualTo(OperationState.FAILED);
        assertThat(left.error().orElseThrow().code()).isEqualTo(ErrorCode.SERVER_RESTARTED);
        assertThat(left.steps()).containsExactly(new Step("one", OperationState.FAILED));
    }

    @Test
    void whatBecameOfOneThatAKilledServerLeftIsOnRecordAndOthersStayAsTheyAre() {
        Operation failed = run(context -> {
            throw new CloudletException(ErrorCode.CONFLICT, "There is one already");
        });
        whatAKilledServerLeftRunningHasFailed();
        operations.explain(77, "It goes on.");
        operations.explain(failed.id(), "It goes on.");
        operations.explain(78, "It goes on.");
        Operation explained = operations.get(77);
        close();
        open();
        assertThat(operations.get(77)).isEqualTo(explained);
        assertThat(explained.error()).contains(new Operation.Failure(ErrorCode.SERVER_RESTARTED, "It goes on."));
        assertThat(operations.get(failed.id()).error().orElseThrow().message()).isEqualTo("There is one already");
        assertThat(operations.find(78)).isEmpty();
    }

    @Test
    void aResultIsOnRecordWhileItRuns() {
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        operations.start("test.kind", "target", Duration.ofMinutes(1), context -> {
            context.result("7");
            begun.countDown();
            await(blocked);
        });
        await(begun);
        assertThat(database.<String>read(handle -> handle.createQuery("SELECT result FROM operations")
                        .mapTo(String.class)
                        .one()))
                .isEqualTo("7");
        blocked.countDown();
    }

    @Test
    void areKeptForADay() {
        Operation old = run(context -> {});
        clock.advance(Duration.ofHours(23));
        close();
        open();
        assertThat(operations.find(old.id())).isPresent();
        clock.advance(Duration.ofHours(2));
        close();
        open();
        assertThat(operations.find(old.id())).isEmpty();
        refused(ErrorCode.OPERATION_UNKNOWN, () -> operations.get(old.id()));
        refused(ErrorCode.OPERATION_UNKNOWN, () -> operations.cancel(old.id()));
    }

    @Test
    void theLogIsBounded() {
        Operation operation = run(context -> {
            for (int i = 0; i < 1000; i++) {
                context.log(i + "x".repeat(5000));
            }
        });
        assertThat(operation.log()).hasSize(200).allSatisfy(line -> assertThat(line)
                .hasSizeLessThanOrEqualTo(1000));
        assertThat(operation.log().get(199)).startsWith("999");
    }

    @Test
    void eventsTellOfIt() {
        run(context -> context.step("one"));
        List<String> types = events.recent(10).stream().map(Event::type).toList();
        assertThat(types).containsExactly("operation.started", "operation.step", "operation.succeeded");
    }
}
