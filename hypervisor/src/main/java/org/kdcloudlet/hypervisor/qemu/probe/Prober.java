package org.kdcloudlet.hypervisor.qemu.probe;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Probe;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.hypervisor.Readiness;

/**
 * Asks the service inside one machine until it answers: hard on the heels of each other at first, when a clone is about to
 * answer, then less often. Ends at once when the machine does. Any number of threads may ask at the same time.
 */
public final class Prober {
    /** What a guest that accepted a connection may take to answer before it is asked anew. */
    private static final Duration ACCEPTED_LIMIT = Duration.ofSeconds(5);

    private static final Duration FIRST_PATIENCE = Duration.ofMillis(100);
    private static final Duration LONGEST_PATIENCE = Duration.ofSeconds(2);

    private final List<PortForward> forwards;
    private final GuestConnections connections;
    private final CompletionStage<MachineExit> exit;

    /**
     * @param forwards of the machine
     * @param connections what the machine's user networking knows
     * @param exit completes when the machine ended
     */
    public Prober(List<PortForward> forwards, GuestConnections connections, CompletionStage<MachineExit> exit) {
        this.forwards = List.copyOf(forwards);
        this.connections = connections;
        this.exit = exit;
    }

    /** See {@link org.kdcloudlet.hypervisor.Machine#awaitReady}. */
    public Duration awaitReady(Readiness readiness) {
        long start = System.nanoTime();
        ProbeAttempt attempt = attempt(readiness.probe());
        CompletableFuture<MachineExit> ended = exit.toCompletableFuture().copy();
        try (OpenedNow opened = new OpenedNow(ended)) {
            Duration patience = FIRST_PATIENCE;
            ProbeOutcome last = ProbeOutcome.NO_ANSWER;
            while (true) {
                Duration left = readiness.deadline().minusNanos(System.nanoTime() - start);
                ProbeOutcome outcome = runOnce(attempt, shorter(patience, left), shorter(ACCEPTED_LIMIT, left), opened);
                failIfEnded(ended);
                Duration passed = Duration.ofNanos(System.nanoTime() - start);
                if (outcome.ready()) {
                    return passed;
                }
                last = moreTelling(last, outcome, patience, left);
                Duration pause = pauseAfter(passed);
                if (passed.plus(pause).compareTo(readiness.deadline()) >= 0) {
                    throw notReady(readiness, last);
                }
                awaitExit(ended, pause);
                patience = shorter(patience.multipliedBy(2), LONGEST_PATIENCE);
            }
        }
    }

    private ProbeAttempt attempt(Probe probe) {
        InetSocketAddress address = addressOf(probe.port());
        if (probe instanceof Probe.Tcp) {
            return new TcpAttempt(address, probe.port(), connections);
        }
        if (probe instanceof Probe.Http http) {
            return new HttpAttempt(address, http, connections);
        }
        Probe.Exchange exchange = (Probe.Exchange) probe;
        return exchange.port().protocol() == Protocol.TCP
                ? new TcpExchangeAttempt(address, exchange, connections)
                : new UdpExchangeAttempt(address, exchange);
    }

    private InetSocketAddress addressOf(GuestPort port) {
        PortForward forward = forwards.stream()
                .filter(candidate -> candidate.guest().equals(port))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("The probe's port is not forwarded: " + port));
        InetAddress listening = forward.hostAddress();
        InetAddress reached = listening.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : listening;
        return new InetSocketAddress(reached, forward.hostPort());
    }

    private static ProbeOutcome runOnce(ProbeAttempt attempt, Duration patience, Duration limit, OpenedNow opened) {
        try {
            return attempt.run(patience, limit, opened);
        } catch (IOException | HypervisorException failure) {
            // The reason may be the end of the machine, which the caller looks at next; else it goes into the final
            // message.
            return ProbeOutcome.notReady(String.valueOf(failure.getMessage()));
        }
    }

    /** 5 ms for the first second, 50 ms for the next ten, 250 ms from then on. */
    private static Duration pauseAfter(Duration passed) {
        if (passed.toSeconds() < 1) {
            return Duration.ofMillis(5);
        }
        return passed.toSeconds() < 10 ? Duration.ofMillis(50) : Duration.ofMillis(250);
    }

    /** An attempt that only the deadline cut short says less than what an earlier one saw. */
    private static ProbeOutcome moreTelling(ProbeOutcome last, ProbeOutcome now, Duration patience, Duration left) {
        boolean cutShort = (now.equals(ProbeOutcome.NO_ANSWER) && left.compareTo(patience) < 0)
                || (now.equals(ProbeOutcome.SLOW) && left.compareTo(ACCEPTED_LIMIT) < 0);
        return cutShort && !last.equals(ProbeOutcome.NO_ANSWER) ? last : now;
    }

    private static void awaitExit(CompletableFuture<MachineExit> ended, Duration pause) {
        try {
            ended.get(pause.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException stillRunning) {
            return;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new HypervisorException(
                    HypervisorError.FAILED, "Interrupted while waiting for a service.", interrupted);
        } catch (ExecutionException neverSo) {
            throw new IllegalStateException("A machine's end completed exceptionally", neverSo);
        }
        failIfEnded(ended);
    }

    private static void failIfEnded(CompletableFuture<MachineExit> ended) {
        if (ended.isDone()) {
            throw new HypervisorException(
                    HypervisorError.MACHINE_FAILED,
                    "The machine ended before its service answered: "
                            + ended.join().reason());
        }
    }

    private static HypervisorException notReady(Readiness readiness, ProbeOutcome last) {
        return new HypervisorException(
                HypervisorError.NOT_READY,
                "The service did not become ready within "
                        + readiness.deadline().toMillis() + " ms; last seen on "
                        + readiness.probe().port().protocol() + " port "
                        + readiness.probe().port().port() + ": " + last.seen() + ".");
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
