package org.kdcloudlet.server.peer;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.kdcloudlet.client.CloudletClient;
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
                String now = names(client.candidates(arguments[0], Rankers.balanced()));
                if (!now.equals(last)) {
                    System.out.println(now);
                }
                last = now;
            } while (!never.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
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
