package org.kdcloudlet.server.peer;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.kdcloudlet.client.CloudletClient;
import org.kdcloudlet.client.NoCloudletException;
import org.kdcloudlet.client.rank.Candidate;
import org.kdcloudlet.client.rank.Rankers;

/** What an app does to choose: prints the cloudlets that offer a service, the best first, whenever that has changed. */
final class ChoosingDevice {
    private static final Duration PAUSE = Duration.ofMillis(200);

    private ChoosingDevice() {}

    public static void main(String... arguments) throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        String last = "";
        try (CloudletClient client =
                CloudletClient.builder().callTimeout(Duration.ofSeconds(2)).build()) {
            do {
                String now = names(candidates(client, arguments[0]));
                if (!now.equals(last)) {
                    System.out.println(now);
                }
                last = now;
            } while (!never.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
        }
    }

    /** Empty as long as nobody was heard of, which takes longer on a busy machine than a search does. */
    private static List<Candidate> candidates(CloudletClient client, String service) {
        try {
            return client.candidates(service, Rankers.balanced());
        } catch (NoCloudletException nobody) {
            return List.of();
        }
    }

    private static String names(List<Candidate> candidates) {
        return "offered by: "
                + String.join(
                        " ",
                        candidates.stream()
                                .map(candidate -> candidate.cloudlet().name())
                                .toList());
    }
}
