package org.kdcloudlet.server.preparation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.catalog.ImageVersion;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.preparation.Preparation.Start;

/** A preparation that is discarded in the moment between the record of its version and its own end. */
class LateDiscardTest {
    private static final String ID = "org.example.speech";

    @TempDir
    private Path folder;

    private final CountDownLatch ending = new CountDownLatch(1);
    private final CountDownLatch gate = new CountDownLatch(1);

    @Test
    void whatWasSavedAlreadyIsNotSaidToBeDiscarded() {
        try (TestCloudlet cloudlet = new TestCloudlet(folder)) {
            cloudlet.open(cloudlet.world.hypervisor(), this::holdTheEnd);
            cloudlet.serve(service(ID));
            Preparations preparations = cloudlet.domain().preparations();
            ended(cloudlet, preparations.begin(ID, Start.from(1)));
            Operation saving = preparations.save(ID, true);
            assertThat(join(ending)).isTrue();

            CompletableFuture<ErrorCode> answer = new CompletableFuture<>();
            Thread discarding = new Thread(() -> {
                try {
                    preparations.discard(ID);
                    answer.completeExceptionally(new AssertionError("it was discarded"));
                } catch (CloudletException refusal) {
                    answer.complete(refusal.code());
                }
            });
            discarding.start();
            await().atMost(TestCloudlet.PATIENCE)
                    .until(() -> discarding.getState() == Thread.State.TIMED_WAITING || answer.isDone());
            gate.countDown();

            assertThat(answer.join()).isEqualTo(ErrorCode.CONFLICT);
            ended(cloudlet, saving);
            assertThat(preparations.list()).isEmpty();
            assertThat(cloudlet.domain().images().versions(ID))
                    .extracting(ImageVersion::number)
                    .containsExactly(2, 1);
            assertThat(cloudlet.domain().events().recent(100))
                    .extracting(event -> event.type())
                    .contains("preparation.saved")
                    .doesNotContain("preparation.discarded");
        }
    }

    private void holdTheEnd(String statement) {
        if (statement.startsWith("DELETE FROM preparations")) {
            ending.countDown();
            join(gate);
        }
    }

    private static boolean join(CountDownLatch latch) {
        try {
            return latch.await(TestCloudlet.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void ended(TestCloudlet cloudlet, Operation operation) {
        assertThat(cloudlet.domain()
                        .operations()
                        .await(operation.id(), TestCloudlet.PATIENCE)
                        .state()
                        .ended())
                .isTrue();
    }
}
