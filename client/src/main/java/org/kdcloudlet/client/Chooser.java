package org.kdcloudlet.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.kdcloudlet.client.rank.Candidate;
import org.kdcloudlet.client.rank.Ranker;

/** Asks cloudlets at once what they offer and how busy they are, and orders those that can be chosen. */
final class Chooser {
    private static final int REASONS = 5;

    private final Function<Cloudlet, CloudletApi> apis;

    Chooser(Function<Cloudlet, CloudletApi> apis) {
        this.apis = apis;
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
     * The candidates, the best first; equals in the order of the cloudlets.
     *
     * @throws NoCloudletException if none can be chosen
     */
    List<Candidate> choose(String serviceId, List<Cloudlet> cloudlets, Ranker ranker) {
        Map<Cloudlet, CompletableFuture<CloudletApi.Probe>> probes = new LinkedHashMap<>();
        cloudlets.forEach(cloudlet -> probes.put(cloudlet, apis.apply(cloudlet).probeAsync()));
        List<Ranked> ranked = new ArrayList<>();
        List<String> reasons = new ArrayList<>();
        try {
            probes.forEach((cloudlet, probe) -> {
                String reason = judge(serviceId, cloudlet, probe, ranker, ranked);
                if (!reason.isEmpty()) {
                    reasons.add(cloudlet.name() + " " + reason);
                }
            });
        } finally {
            probes.values().forEach(probe -> probe.cancel(true));
        }
        if (ranked.isEmpty()) {
            throw nobody(serviceId, reasons);
        }
        ranked.sort(Comparator.comparingDouble((Ranked one) -> one.rank).reversed());
        List<Candidate> candidates = new ArrayList<>();
        ranked.forEach(one -> candidates.add(one.candidate));
        return Collections.unmodifiableList(candidates);
    }

    /** Returns why it cannot be chosen, or nothing. */
    private static String judge(
            String serviceId,
            Cloudlet cloudlet,
            CompletableFuture<CloudletApi.Probe> asked,
            Ranker ranker,
            List<Ranked> ranked) {
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
                ranked.add(new Ranked(candidate, rank));
                return "";
            }
            return "is ranked " + rank;
        } catch (CloudletCancelledException e) {
            throw e;
        } catch (CloudletException e) {
            return "does not answer as it should: " + e.getMessage();
        }
    }

    private static NoCloudletException nobody(String serviceId, List<String> reasons) {
        String why = reasons.isEmpty()
                ? "none is in reach"
                : reasons.stream().limit(REASONS).collect(Collectors.joining("; "));
        return new NoCloudletException("No cloudlet can be chosen for " + serviceId + ": " + why + ".", null);
    }
}
