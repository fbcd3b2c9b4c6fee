package org.kdcloudlet.server.peer;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.kdcloudlet.client.Cloudlet;
import org.kdcloudlet.client.CloudletApi;
import org.kdcloudlet.client.CloudletClient;
import org.kdcloudlet.client.CloudletDeadlineException;
import org.kdcloudlet.client.CloudletException;
import org.kdcloudlet.client.CloudletFinder;
import org.kdcloudlet.client.CloudletListener;
import org.kdcloudlet.client.CloudletUnreachableException;
import org.kdcloudlet.server.background.Workers;
import org.kdcloudlet.server.host.HostAddresses;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the cloudlets in reach by multicast DNS and asks them from time to time how they are. However many are announced,
 * only so many are kept, and each is asked under limits.
 */
public final class PeerDirectory implements Peers, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PeerDirectory.class);
    private static final Duration ASK_EVERY = Duration.ofSeconds(5);
    /** Whoever does not answer costs time, which the others need: each failure doubles the pause, up to this. */
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private static final Duration ANSWER_DEADLINE = Duration.ofSeconds(2);
    private static final int MAX_REPLY_BYTES = 512 * 1024;
    private static final Duration TRY_AGAIN = Duration.ofSeconds(30);
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(4);
    private static final int ASKED_AT_ONCE = 8;
    private static final int MAX_PEERS = 100;
    private static final int MAX_ADDRESSES = 8;

    private final Workers workers = new Workers("peers", ASKED_AT_ONCE);
    private final Setup setup;
    private final Map<String, Asked> asked = new ConcurrentHashMap<>();
    private final Set<String> beingAsked = ConcurrentHashMap.newKeySet();
    private final CloudletClient client = CloudletClient.builder()
            .callTimeout(ANSWER_DEADLINE)
            .maximumReplyBytes(MAX_REPLY_BYTES)
            .build();
    private volatile Optional<CloudletFinder> finder = Optional.empty();
    private boolean closed;

    /**
     * Where to look.
     *
     * @param interfaces by name; none stands for all suitable ones
     * @param ownPort of this cloudlet's device API, by which it tells itself from others; empty for whoever is none
     */
    public record Setup(List<String> interfaces, OptionalInt ownPort) {
        public Setup {
            interfaces = List.copyOf(interfaces);
        }
    }

    /**
     * The outcome of asking.
     *
     * @param answer empty when there was no good one
     * @param failures how often there was none since the last good one
     */
    private record Asked(Optional<PeerAnswer> answer, int failures, Instant time) {
        boolean isDue(Instant now) {
            Duration pause =
                    ASK_EVERY.multipliedBy(1L << Math.min(failures, 10)).dividedBy(2);
            return failures == 0
                    || !now.isBefore(time.plus(pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE));
        }
    }

    private PeerDirectory(Setup setup) {
        this.setup = setup;
    }

    /** Begins to look in the background. */
    public static PeerDirectory start(Setup setup) {
        PeerDirectory directory = new PeerDirectory(setup);
        directory.workers.run("begin to look for cloudlets", directory::open);
        directory.workers.every(ASK_EVERY, "ask the cloudlets in reach", directory::askAll);
        return directory;
    }

    private void open() {
        try {
            CloudletFinder opened = CloudletFinder.builder()
                    .interfaces(setup.interfaces().toArray(String[]::new))
                    .maximumCloudlets(MAX_PEERS)
                    .maximumAddresses(MAX_ADDRESSES)
                    .problems(problem -> log.warn("Looking for other cloudlets: {}", problem))
                    .open();
            adopt(opened);
        } catch (CloudletUnreachableException e) {
            log.warn("{}; trying again in {} s", e.getMessage(), TRY_AGAIN.toSeconds());
            workers.after(TRY_AGAIN, "look for cloudlets", this::open);
        }
    }

    private synchronized void adopt(CloudletFinder opened) {
        if (closed) {
            opened.close();
            return;
        }
        finder = Optional.of(opened);
        opened.addListener(new Follower());
    }

    private final class Follower implements CloudletListener {
        @Override
        public void found(Cloudlet cloudlet) {
            askSoon(cloudlet);
        }

        @Override
        public void updated(Cloudlet cloudlet) {
            askSoon(cloudlet);
        }

        @Override
        public void removed(Cloudlet cloudlet) {
            asked.remove(cloudlet.instanceName());
        }
    }

    private void askAll() {
        Instant now = Instant.now();
        others().stream()
                .filter(cloudlet -> last(cloudlet).map(last -> last.isDue(now)).orElse(true))
                .forEach(this::askSoon);
    }

    private Optional<Asked> last(Cloudlet cloudlet) {
        return Optional.ofNullable(asked.get(cloudlet.instanceName()));
    }

    private void askSoon(Cloudlet cloudlet) {
        if (!cloudlet.isEncrypted() && beingAsked.add(cloudlet.instanceName())) {
            workers.run("ask a cloudlet", () -> ask(cloudlet));
        }
    }

    private void ask(Cloudlet cloudlet) {
        try {
            Optional<PeerAnswer> answer = isAskable(cloudlet) ? answer(cloudlet) : Optional.empty();
            int failures =
                    answer.isPresent() ? 0 : last(cloudlet).map(Asked::failures).orElse(0) + 1;
            asked.put(cloudlet.instanceName(), new Asked(answer, failures, Instant.now()));
        } finally {
            synchronized (beingAsked) {
                beingAsked.remove(cloudlet.instanceName());
                beingAsked.notifyAll();
            }
            forgetTheGone();
        }
    }

    private Optional<PeerAnswer> answer(Cloudlet cloudlet) {
        try {
            CloudletApi api = client.at(cloudlet);
            return PeerAnswer.of(api.system(), api.services());
        } catch (CloudletException e) {
            log.debug("{}", e.getMessage());
            if (e instanceof CloudletUnreachableException || e instanceof CloudletDeadlineException) {
                finder.ifPresent(open -> open.doubt(cloudlet));
            }
            return Optional.empty();
        }
    }

    /** Nobody has this host ask itself by announcing its loopback address, unless that is the only network there is. */
    private boolean isAskable(Cloudlet cloudlet) {
        return !cloudlet.addresses().get(0).isLoopbackAddress()
                || new HostAddresses(setup.interfaces())
                        .places().stream().allMatch(place -> place.address().isLoopbackAddress());
    }

    /**
     * Looks for a while and asks whoever is there.
     *
     * @param time after which nobody new is waited for; the last answers may take 4 s more
     */
    public static List<Peer> look(Setup setup, Duration time) throws InterruptedException {
        try (PeerDirectory directory = start(setup)) {
            // Nothing tells when everybody has answered: the time is all there is to wait for.
            new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
            directory.awaitAnswers();
            return directory.list();
        }
    }

    private void awaitAnswers() throws InterruptedException {
        long deadline = System.nanoTime() + LAST_ANSWERS.toNanos();
        synchronized (beingAsked) {
            for (long left = LAST_ANSWERS.toNanos();
                    left > 0 && !beingAsked.isEmpty();
                    left = deadline - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(beingAsked, left);
            }
        }
    }

    /** An answer that came after its cloudlet was gone. */
    private void forgetTheGone() {
        finder.ifPresent(open -> asked.keySet()
                .retainAll(open.cloudlets().stream().map(Cloudlet::instanceName).toList()));
    }

    private List<Cloudlet> others() {
        Set<InetAddress> own = HostAddresses.all();
        return finder.map(CloudletFinder::cloudlets).orElse(List.of()).stream()
                .filter(cloudlet -> !isOurselves(cloudlet, own))
                .limit(MAX_PEERS)
                .toList();
    }

    private boolean isOurselves(Cloudlet cloudlet, Set<InetAddress> own) {
        return setup.ownPort().isPresent()
                && setup.ownPort().getAsInt() == cloudlet.port()
                && cloudlet.addresses().stream()
                        .map(HostAddresses::withoutScope)
                        .anyMatch(own::contains);
    }

    @Override
    public List<Peer> list() {
        return others().stream()
                .map(this::peer)
                .sorted(Comparator.comparing(Peer::name).thenComparing(Peer::instanceName))
                .toList();
    }

    private Peer peer(Cloudlet cloudlet) {
        Optional<Asked> last = last(cloudlet);
        Optional<PeerAnswer> answer = last.flatMap(Asked::answer);
        Instant heard = cloudlet.lastHeard();
        Instant seen = answer.map(ignored -> last.orElseThrow().time())
                .filter(time -> time.isAfter(heard))
                .orElse(heard);
        return new Peer(
                cloudlet.name(),
                cloudlet.instanceName(),
                cloudlet.addresses(),
                cloudlet.port(),
                cloudlet.isEncrypted(),
                state(cloudlet, last),
                answer.map(PeerAnswer::load),
                answer.map(PeerAnswer::services),
                seen);
    }

    private static PeerState state(Cloudlet cloudlet, Optional<Asked> last) {
        if (cloudlet.isEncrypted()) {
            return PeerState.ENCRYPTED;
        }
        return last.map(asked -> asked.answer().isPresent() ? PeerState.ANSWERING : PeerState.SILENT)
                .orElse(PeerState.NEW);
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            finder.ifPresent(CloudletFinder::close);
        }
        client.close();
        workers.close();
    }
}
