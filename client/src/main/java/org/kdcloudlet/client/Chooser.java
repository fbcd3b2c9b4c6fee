package org.kdcloudlet.client;

import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.kdcloudlet.client.rank.Candidate;
import org.kdcloudlet.client.rank.Ranker;

/** Asks cloudlets at once what they offer and how busy they are, and orders those that can be chosen. */
final class Chooser {
    private static final int REASONS = 5;
    /** How long others may still answer after the first that can be chosen. */
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Function<Cloudlet, CloudletApi> apis;
    private final Consumer<Cloudlet> doubt;

    /** @param doubt told of those that did not answer */
    Chooser(Function<Cloudlet, CloudletApi> apis, Consumer<Cloudlet> doubt) {
        this.apis = apis;
        this.doubt = doubt;
    }

    private static final class Ranked {
        private final Candidate candidate;
        private final double rank;

        private Ranked(Candidate candidate, double rank) {
            this.candidate = candidate;
            this.rank = rank;
        }
    }

    /**
     * The candidates, the best first; equals in the order of the cloudlets. Whoever has not answered a second after the first
     * that can be chosen is left out.
     *
     * @throws NoCloudletException if none can be chosen
     */
    List<Candidate> choose(String serviceId, List<Cloudlet> cloudlets, Ranker ranker) {
        Map<Cloudlet, CompletableFuture<CloudletApi.Probe>> probes = new LinkedHashMap<>();
        cloudlets.forEach(cloudlet -> probes.put(cloudlet, apis.apply(cloudlet).probeAsync()));
        Map<Cloudlet, Ranked> ranked = new HashMap<>();
        Map<Cloudlet, String> reasons = new LinkedHashMap<>();
        try {
            judgeAll(serviceId, probes, ranker, ranked, reasons);
        } finally {
            probes.values().forEach(probe -> probe.cancel(true));
        }
        if (ranked.isEmpty()) {
            throw nobody(serviceId, cloudlets, reasons);
        }
        return cloudlets.stream()
                .filter(ranked::containsKey)
                .map(ranked::get)
                .sorted(Comparator.comparingDouble((Ranked one) -> one.rank).reversed())
                .map(one -> one.candidate)
                .collect(Collectors.collectingAndThen(Collectors.toList(), Collections::unmodifiableList));
    }

    private void judgeAll(
            String serviceId,
            Map<Cloudlet, CompletableFuture<CloudletApi.Probe>> probes,
            Ranker ranker,
            Map<Cloudlet, Ranked> ranked,
            Map<Cloudlet, String> reasons) {
        BlockingQueue<Cloudlet> answered = new LinkedBlockingQueue<>();
        probes.forEach((cloudlet, probe) -> probe.whenComplete((result, failure) -> answered.add(cloudlet)));
        Set<Cloudlet> missing = new LinkedHashSet<>(probes.keySet());
        long end = Long.MAX_VALUE;
        while (!missing.isEmpty()) {
            Optional<Cloudlet> next = next(answered, end);
            if (!next.isPresent()) {
                missing.forEach(doubt);
                return;
            }
            Cloudlet cloudlet = next.get();
            missing.remove(cloudlet);
            String reason = judge(serviceId, cloudlet, probes.get(cloudlet), ranker, ranked);
            if (!reason.isEmpty()) {
                reasons.put(cloudlet, reason);
            } else if (ranked.size() == 1) {
                end = System.nanoTime() + GRACE_NANOS;
            }
        }
    }

    /** Empty when nobody answered by the end; {@link Long#MAX_VALUE}: the deadlines of the calls are the end. */
    private static Optional<Cloudlet> next(BlockingQueue<Cloudlet> answered, long end) {
        try {
            return end == Long.MAX_VALUE
                    ? Optional.of(answered.take())
                    : Optional.ofNullable(answered.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloudletCancelledException("The search was given up: its thread was interrupted.", e);
        }
    }

    /** Returns why it cannot be chosen, or nothing. */
    private String judge(
            String serviceId,
            Cloudlet cloudlet,
            CompletableFuture<CloudletApi.Probe> asked,
            Ranker ranker,
            Map<Cloudlet, Ranked> ranked) {
        try {
            CloudletApi.Probe probe = Calls.await(asked);
            Optional<Service> service = probe.system.services().stream()
                    .filter(one -> one.serviceId().equals(serviceId))
                    .findFirst();
            if (!service.isPresent()) {
                return "does not offer it";
            }
            Candidate candidate =
                    new Candidate(cloudlet, service.get(), probe.system, Duration.ofNanos(probe.connectNanos));
            double rank = ranker.rank(candidate);
            if (rank > 0) {
                ranked.put(cloudlet, new Ranked(candidate, rank));
                return "";
            }
            return "is ranked " + rank;
        } catch (CloudletCancelledException e) {
            throw e;
        } catch (CloudletException e) {
            if (e instanceof CloudletUnreachableException || e instanceof CloudletDeadlineException) {
                doubt.accept(cloudlet);
            }
            return "does not answer as it should: " + e.getMessage();
        }
    }

    /** Reasons in the order of the cloudlets. */
    private static NoCloudletException nobody(
            String serviceId, List<Cloudlet> cloudlets, Map<Cloudlet, String> reasons) {
        String why = cloudlets.isEmpty()
                ? "none is in reach"
                : cloudlets.stream()
                        .filter(reasons::containsKey)
                        .map(cloudlet -> cloudlet.name() + " " + reasons.get(cloudlet))
                        .limit(REASONS)
                        .collect(Collectors.joining("; "));
        return new NoCloudletException("No cloudlet can be chosen for " + serviceId + ": " + why + ".", null);
    }
}
