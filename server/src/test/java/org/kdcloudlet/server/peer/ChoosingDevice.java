package org.kdcloudlet.server.peer;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Prints which cloudlet in reach has the most processor time left, once and whenever that is another one. */
final class ChoosingDevice {
    private static final Duration LOOK = Duration.ofMillis(200);

    private ChoosingDevice() {}

    public static void main(String... arguments) throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        try (PeerDirectory directory = PeerDirectory.start(new PeerDirectory.Setup(List.of(), OptionalInt.empty()))) {
            String last = "";
            while (!never.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                List<Peer> answering = directory.list().stream()
                        .filter(peer -> peer.load().isPresent())
                        .toList();
                String now = answering.size() + " answer, best "
                        + answering.stream()
                                .max(Comparator.comparingDouble(ChoosingDevice::free))
                                .map(Peer::name)
                                .orElse("none");
                if (!now.equals(last)) {
                    System.out.println(now);
                }
                last = now;
            }
        }
    }

    private static double free(Peer peer) {
        return Optional.of(peer.load().orElseThrow())
                .map(load -> load.cores() * (100 - load.usagePercent()) * load.speedMhz())
                .orElseThrow();
    }
}
