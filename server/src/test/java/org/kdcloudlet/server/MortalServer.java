package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.TestCloudlet.PATIENCE;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.hypervisor.testing.FakeCrash;
import org.kdcloudlet.hypervisor.testing.FakeHypervisor;
import org.kdcloudlet.server.operation.Operation;
import org.slf4j.LoggerFactory;

/**
 * The life of one server process on a {@link TestCloudlet}, up to a number of calls of the hypervisor and statements to the
 * database: before the next one it is killed, and none gets through any more.
 */
public final class MortalServer {
    private final TestCloudlet cloudlet;
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicBoolean dead = new AtomicBoolean();
    private final int last;
    private volatile boolean mortal = true;

    public MortalServer(TestCloudlet cloudlet, int last) {
        this.cloudlet = cloudlet;
        this.last = last;
    }

    /** The same, of which nothing counts before {@link #countFromNow}. */
    public static MortalServer immortalYet(TestCloudlet cloudlet, int last) {
        MortalServer server = new MortalServer(cloudlet, last);
        server.mortal = false;
        return server;
    }

    public void countFromNow() {
        mortal = true;
    }

    /** Has one more call counted, which only the test makes. */
    public void call(String what) {
        if (dead.get() || (mortal && calls.incrementAndGet() > last)) {
            dead.set(true);
            throw new FakeCrash("killed before " + what);
        }
    }

    public TestCloudlet open() {
        FakeHypervisor hypervisor = cloudlet.world.hypervisor();
        hypervisor.observe(call -> {
            if (call != FakeCall.TEMPLATE_KEY) {
                call(call.name());
            }
        });
        return cloudlet.open(hypervisor, this::call);
    }

    public boolean isDead() {
        return dead.get();
    }

    /** Kills it now, if it lives, and lets go of all that it held. */
    public void die() {
        dead.set(true);
        cloudlet.die();
    }

    /** Whether it was killed during this work. */
    public boolean isKilledIn(Runnable work) {
        try {
            work.run();
            return false;
        } catch (FakeCrash crash) {
            return true;
        }
    }

    /** Opens the next server and kills it, perhaps while it puts right what the one left that was killed at this point. */
    public static void openAndDie(TestCloudlet cloudlet, int point) {
        MortalServer next = new MortalServer(cloudlet, point % 7 * 3 + 1);
        if (next.isKilledIn(next::open)) {
            assertThat(next.isDead()).isTrue();
        }
        next.die();
    }

    /**
     * Waits until an operation has ended, or this server. The death of another thread is none of the waiting one's business: Awaitility,
     * which may be told of it between two looks, would wait out its time.
     */
    public Operation awaitEnd(Operation operation) {
        await().dontCatchUncaughtExceptions()
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> dead.get()
                        || cloudlet.domain()
                                .operations()
                                .get(operation.id())
                                .state()
                                .ended());
        call("look at the end of " + operation.kind());
        return cloudlet.domain().operations().get(operation.id());
    }

    /** What threads of a dead process complain about is no news: nothing is heard of it until {@link #beHeardAgain}. */
    public static void beQuiet() {
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
            if (!(error instanceof FakeCrash)) {
                error.printStackTrace();
            }
        });
        root().setLevel(Level.OFF);
    }

    public static void beHeardAgain() {
        Thread.setDefaultUncaughtExceptionHandler(null);
        root().setLevel(Level.WARN);
    }

    private static Logger root() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }
}
