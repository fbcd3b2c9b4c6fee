package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.web.RawHttp.Answer;

/** Requests that wait for machines leave threads for the others. */
class WaitingRequestsTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    @TempDir
    private Path data;

    @Test
    void whoOnlyLooksIsAnsweredWhileManyWaitAndOneTooManyIsRefused() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try (TestServer server = new TestServer(data)) {
            server.serve("slow", 0);
            CountDownLatch gate = server.world().hold(FakeCall.CLONE);
            List<Future<Answer>> starts = new ArrayList<>();
            try {
                for (int i = 0; i < AdminApi.MAX_WAITING; i++) {
                    starts.add(threads.submit(() -> start(server)));
                }
                await().atMost(DEADLINE).until(() -> server.world().calls(FakeCall.CLONE) >= AdminApi.MAX_WAITING);

                Answer refused = start(server);
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.body()).contains("NO_ROOM", "try again later");
                assertThat(server.admin("GET", "/v1/status", "").status()).isEqualTo(200);
            } finally {
                gate.countDown();
            }
            for (Future<Answer> start : starts) {
                assertThat(start.get(DEADLINE.toSeconds(), TimeUnit.SECONDS).status())
                        .isEqualTo(201);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Answer start(TestServer server) throws IOException {
        return server.admin("POST", "/v1/instances", "{\"service_id\":\"slow\"}");
    }
}
