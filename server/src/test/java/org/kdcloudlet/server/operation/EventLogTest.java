package org.kdcloudlet.server.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kdcloudlet.server.TestCloudlet.PATIENCE;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.FakeClock;
import org.kdcloudlet.server.operation.Events.Subscription;
import org.kdcloudlet.server.storage.Database;

/** What watchers see, over restarts, and what becomes of slow ones. */
class EventLogTest {
    @TempDir
    private Path folder;

    private final FakeClock clock = new FakeClock();
    private Database database;
    private EventLog events;

    @BeforeEach
    void open() {
        database = Database.open(folder.resolve("test.sqlite"));
        events = new EventLog(database, clock);
    }

    @AfterEach
    void close() {
        events.close();
        database.close();
    }

    private void publish(String message) {
        events.publish("test.type", Map.of("service", "a"), message);
    }

    private static List<String> messages(List<Event> events) {
        return events.stream().map(Event::message).toList();
    }

    @Test
    void aWatcherSeesWhatHappensFromNowOn() throws InterruptedException {
        publish("before");
        try (Subscription watcher = events.subscribe(Optional.empty())) {
            publish("after");
            Event event = watcher.next(PATIENCE).orElseThrow();
            assertThat(event.message()).isEqualTo("after");
            assertThat(event.type()).isEqualTo("test.type");
            assertThat(event.subjects()).containsEntry("service", "a");
            assertThat(watcher.next(Duration.ofMillis(1))).isEmpty();
            assertThat(watcher.ended()).isFalse();
        }
    }

    @Test
    void whatHappenedSinceIsSaidAsLongAsAllOfItIsKept() {
        long before = events.last();
        assertThat(events.since(before)).hasValue(List.of());
        publish("one");
        publish("two");
        assertThat(events.since(before))
                .hasValueSatisfying(happened -> assertThat(messages(happened)).containsExactly("one", "two"));
        assertThat(events.since(events.last() + 1)).isEmpty();
        assertThat(events.since(before - 1)).as("of an earlier server").isEmpty();
        for (int i = 0; i < 999; i++) {
            publish("many");
        }
        assertThat(events.since(before)).as("the first is not kept any more").isEmpty();
        assertThat(events.since(before + 1)).isPresent();
    }

    @Test
    void aWatcherThatComesBackGetsWhatItMissed() throws InterruptedException {
        publish("seen");
        long seen = events.recent(1).get(0).id();
        publish("missed");
        try (Subscription watcher = events.subscribe(Optional.of(seen))) {
            publish("new");
            assertThat(watcher.next(PATIENCE).orElseThrow().message()).isEqualTo("missed");
            assertThat(watcher.next(PATIENCE).orElseThrow().message()).isEqualTo("new");
        }
    }

    @Test
    void idsGrowOverRestartsAndNothingOfAnOrderlyEndIsLost() {
        publish("one");
        Event before = events.recent(1).get(0);
        close();
        open();
        publish("two");

        assertThat(messages(events.recent(10))).containsExactly("one", "two");
        assertThat(events.recent(10).get(0)).isEqualTo(before);
        assertThat(events.recent(1).get(0).id()).isGreaterThan(before.id()).isLessThan(1L << 53);
    }

    @Test
    void aSlowWatcherIsDroppedAndHoldsNobodyUp() throws InterruptedException {
        try (Subscription slow = events.subscribe(Optional.empty());
                Subscription quick = events.subscribe(Optional.empty())) {
            List<Event> seen = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                publish("event " + i);
                seen.add(quick.next(PATIENCE).orElseThrow());
            }
            assertThat(seen).hasSize(2000);
            assertThat(quick.ended()).isFalse();
            while (slow.next(Duration.ofMillis(1)).isPresent()) {
                seen.clear();
            }
            assertThat(slow.ended()).isTrue();
        }
    }

    @Test
    void memoryIsBounded() {
        for (int i = 0; i < 3000; i++) {
            publish("event " + i);
        }
        assertThat(events.recent(10_000)).hasSize(1000);
        assertThat(messages(events.recent(1))).containsExactly("event 2999");
    }

    @Test
    void closingEndsWatching() throws InterruptedException {
        try (Subscription watcher = events.subscribe(Optional.empty())) {
            events.close();
            publish("unheard");
            assertThat(watcher.next(PATIENCE)).isEmpty();
            assertThat(watcher.ended()).isTrue();
            assertThat(events.subscribe(Optional.empty()).ended()).isTrue();
        }
    }
}
