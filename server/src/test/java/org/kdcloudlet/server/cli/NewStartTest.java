package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;

/** What a command takes for the new start of a server. */
@Timeout(120)
class NewStartTest {
    @TempDir
    private Path data;

    @Test
    void aServerThatEndsHasNotStartedAnewUntilAnotherAnswers() throws Exception {
        TestServer first = new TestServer(data);
        try (AdminClient client = new AdminClient(data)) {
            NewStart start = new NewStart(client);
            CompletableFuture<Void> awaited = CompletableFuture.runAsync(start::await);
            first.close();
            assertThat(awaited).isNotDone();
            try (TestServer second = new TestServer(data)) {
                awaited.get(60, TimeUnit.SECONDS);
                assertThat(second.apiPort()).isPositive();
            }
        }
    }

    @Test
    void aServerThatDoesNotKnowTheTokenAnyMoreHasTheAccountsOfTheBackup() throws Exception {
        try (TestServer server = TestServer.withManager(data, Map.of())) {
            JsonNode token = server.json(
                    server.admin("POST", "/v1/tokens", "{\"name\":\"restore\",\"role\":\"administrator\"}"));
            NetworkLink link = NetworkLink.to(
                    server.manager().toString(), token.path("secret").asText(), ServerTrust.ofTheHost());
            try (AdminClient client = new AdminClient(link)) {
                NewStart start = new NewStart(client);
                assertThat(server.admin(
                                        "DELETE",
                                        "/v1/tokens/" + token.path("id").asText(),
                                        "")
                                .status())
                        .isEqualTo(200);
                start.await();
                assertThatThrownBy(() -> client.get("/v1/status")).isInstanceOf(RefusedException.class);
            }
        }
    }
}
