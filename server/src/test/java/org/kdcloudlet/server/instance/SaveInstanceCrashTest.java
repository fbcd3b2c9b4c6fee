package org.kdcloudlet.server.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.TestCloudlet.PATIENCE;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.MortalServer;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationState;

/** Kills the server at each point while it saves an instance; what its operation says then is what became of it. */
class SaveInstanceCrashTest {
    private static final String AGAIN = "The server was restarted meanwhile; start it again";
    private static final String STORED = "The server was restarted meanwhile. Image version 2 is stored";

    @TempDir
    private Path folder;

    private final Set<String> said = new HashSet<>();

    @BeforeEach
    void beQuiet() {
        MortalServer.beQuiet();
    }

    @AfterEach
    void beHeardAgain() {
        MortalServer.beHeardAgain();
    }

    private boolean isKilledAt(int point, Optional<String> newServiceId) throws IOException {
        Path own = Files.createDirectory(folder.resolve("killed-" + point + newServiceId.orElse("")));
        try (TestCloudlet cloudlet = new TestCloudlet(own)) {
            MortalServer server = MortalServer.immortalYet(cloudlet, point);
            server.open().serve(service("a"));
            UUID id = cloudlet.start("a").id();
            server.countFromNow();
            boolean killed = server.isKilledIn(
                    () -> server.awaitEnd(cloudlet.domain().instances().save(id, newServiceId)));
            server.die();
            cloudlet.open();
            await().atMost(PATIENCE)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(10))
                    .untilAsserted(() -> checkWhatIsSaid(cloudlet));
            return killed;
        }
    }

    private void checkWhatIsSaid(TestCloudlet cloudlet) {
        boolean stored = cloudlet.domain().images().versions("a").size() == 2;
        boolean added = cloudlet.domain().catalog().find("b").isPresent();
        for (Operation operation : cloudlet.domain().operations().list()) {
            if (operation.kind().equals(Instances.SAVE) && operation.state() != OperationState.SUCCEEDED) {
                String message = operation.error().orElseThrow().message();
                if (operation.result().isPresent()) {
                    assertThat(message).matches(stored ? STORED + "(;.*|, and used\\.)" : ".* Service b is added .*");
                } else if (!stored && !added) {
                    assertThat(message).isEqualTo(AGAIN);
                }
                said.add(message.replaceAll("[0-9]+ prepares", "N prepares"));
            }
        }
    }

    @Test
    void itsOperationSaysWhatBecameOfAVersion() throws IOException {
        int point = 0;
        while (isKilledAt(point, Optional.empty())) {
            point++;
        }
        assertThat(said)
                .contains(AGAIN, STORED + "; operation N prepares it, and it is used then.", STORED + ", and used.");
    }

    @Test
    void itsOperationSaysWhatBecameOfAService() throws IOException {
        int point = 0;
        while (isKilledAt(point, Optional.of("b"))) {
            point++;
        }
        assertThat(said)
                .contains(
                        AGAIN,
                        "The server was restarted meanwhile. Service b is added with its image; whether it comes up was not"
                                + " seen to the end.");
    }
}
