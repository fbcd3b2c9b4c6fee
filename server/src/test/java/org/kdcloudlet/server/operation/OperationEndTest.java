package org.kdcloudlet.server.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.TestCloudlet.PATIENCE;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.FakeClock;
import org.kdcloudlet.server.storage.Database;

/** The moment in which an operation ends. */
class OperationEndTest {
    private static final String END = "operation.succeeded";

    @TempDir
    private Path folder;

    private final CountDownLatch ending = new CountDownLatch(1);
    private final CountDownLatch gate = new CountDownLatch(1);

    /** Events, of which the end of an operation is told only once the gate is open. */
    private record HeldEvents(EventLog log, CountDownLatch ending, CountDownLatch gate) implements Events {
        @Override
        public void publish(String type, Map<String, String> subjects, String message) {
            if (type.equals(END)) {
                ending.countDown();
                waitFor(gate);
            }
            log.publish(type, subjects, message);
        }

        @Override
        public List<Event> recent(int most) {
            return log.recent(most);
        }

        @Override
        public long last() {
            return log.last();
        }

        @Override
        public Optional<List<Event>> since(long id) {
            return log.since(id);
        }

        @Override
        public Subscription subscribe(Optional<Long> after) {
            return log.subscribe(after);
        }
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whoWaitedForItFindsItAmongTheEvents() throws Exception {
        FakeClock clock = new FakeClock();
        try (Database database = Database.open(folder.resolve("test.sqlite"));
                EventLog log = new EventLog(database, clock);
                OperationService operations =
                        new OperationService(database, new HeldEvents(log, ending, gate), clock)) {
            Operation begun = operations.start("test.kind", "target", PATIENCE, context -> {});
            waitFor(ending);
            FutureTask<List<String>> told = new FutureTask<>(() -> {
                operations.await(begun.id(), PATIENCE);
                return log.recent(10).stream().map(Event::type).toList();
            });
            Thread waiting = new Thread(told, "waiting");
            waiting.start();
            await().atMost(PATIENCE).until(() -> waiting.getState() == Thread.State.TIMED_WAITING || told.isDone());
            gate.countDown();

            assertThat(told.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).endsWith(END);
        } finally {
            gate.countDown();
        }
    }
}
