package org.kdcloudlet.server.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.kdcloudlet.server.FakeClock;
import org.kdcloudlet.server.FakeHost;

class LoadHistoryTest {
    private final ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(1);
    private final FakeClock clock = new FakeClock();
    private final FakeHost host = new FakeHost();
    private final AtomicReference<HostLoad> load = new AtomicReference<>(new HostLoad(1000, 400, 2, 12.5, 1, 1));

    @AfterEach
    void end() {
        scheduler.shutdownNow();
    }

    @Test
    void theFirstSampleIsTakenAtOnceAndThoseOfAnHourAreKept() {
        try (LoadHistory history = LoadHistory.start(load::get, host, clock, scheduler)) {
            await().until(() -> history.samples().size() == 1);
            host.diskFree(28L << 30);
            for (int i = 0; i < LoadHistory.MOST + 10; i++) {
                clock.advance(LoadHistory.PERIOD);
                history.sample();
            }
            assertThat(history.samples()).hasSize(LoadHistory.MOST);
            LoadHistory.Sample last = history.samples().get(LoadHistory.MOST - 1);
            assertThat(last).isEqualTo(new LoadHistory.Sample(last.time(), 12.5, 600, 1000, 100L << 30, 128L << 30));
            assertThat(Duration.between(history.samples().get(0).time(), last.time()))
                    .isLessThanOrEqualTo(Duration.ofHours(1));
        }
    }

    @Test
    void aMomentThatCannotBeMeasuredIsLeftOut() {
        try (LoadHistory history = LoadHistory.start(load::get, host, clock, scheduler)) {
            await().until(() -> history.samples().size() == 1);
            LoadHistory failing = LoadHistory.start(
                    () -> {
                        throw new UncheckedIOException(new java.io.IOException("no /proc"));
                    },
                    host,
                    clock,
                    scheduler);
            failing.sample();
            assertThat(failing.samples()).isEmpty();
            failing.close();
        }
    }
}
