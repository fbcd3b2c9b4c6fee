package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.Template;

/** A guest may take its time to answer; what others do with templates meanwhile does not wait for it. */
@ExtendWith(SharedLab.class)
class TemplateInUseTest {
    private static final long DEADLINE_SECONDS = 120;

    private final QemuLab lab;
    /** The common pool may have one thread only. */
    private final ExecutorService threads = Executors.newCachedThreadPool();

    TemplateInUseTest(QemuLab lab) {
        this.lab = lab;
    }

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void aGuestThatIsSlowToTakeItsIdentityKeepsNoTemplateFromBeingRemovedOrCloned() throws Exception {
        Machine editing = lab.remember(lab.hypervisor().edit(QemuLab.request(), lab.template()));
        Template edited = lab.hypervisor().freeze(editing, QemuLab.READY, 0);
        HeldRandom held = new HeldRandom();
        QemuContext slow = lab.hypervisor().context().with(new CorrectGuest(held));
        CompletableFuture<QemuMachine> cloning = CompletableFuture.supplyAsync(
                () -> new CloneTemplate(slow, 1).cloneOf(edited.key(), QemuLab.request()), threads);
        assertThat(held.asked.await(DEADLINE_SECONDS, TimeUnit.SECONDS)).isTrue();

        CompletableFuture<Void> others = CompletableFuture.runAsync(
                () -> {
                    lab.hypervisor().remove(edited);
                    lab.readyClone().stop(StopPolicy.KILL);
                },
                threads);
        others.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        assertThat(cloning).isNotDone();

        held.released.countDown();
        Machine clone = lab.remember(cloning.get(DEADLINE_SECONDS, TimeUnit.SECONDS));
        clone.awaitReady(QemuLab.READY);
        assertThat(lab.inspect(clone).path("host").asText())
                .isEqualTo(clone.request().hostName());
        clone.stop(StopPolicy.KILL);
    }

    /** A source of randomness that gives nothing before it is let. */
    private static final class HeldRandom extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final transient CountDownLatch asked = new CountDownLatch(1);
        private final transient CountDownLatch released = new CountDownLatch(1);

        @Override
        public void nextBytes(byte[] bytes) {
            asked.countDown();
            try {
                assertThat(released.await(DEADLINE_SECONDS * 2, TimeUnit.SECONDS))
                        .isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            super.nextBytes(bytes);
        }
    }
}
