package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.storage.TemporaryMount;
import org.kdcloudlet.server.web.RawHttp;

/** The whole server while its disk is full: it goes on, says what does not fit, and serves again when there is room. */
class FullDiskServerTest {
    @TempDir
    private Path folder;

    @Test
    void refusesWhatDoesNotFitAndServesAgainWhenThereIsRoom() throws Exception {
        try (TemporaryMount mount = TemporaryMount.of(folder, "512m")) {
            assumeTrue(mount.mounted(), "mounting takes root");
            Path data = mount.path().resolve("data");
            try (ServerProcess server =
                    new ServerSetup(folder).data(data).diskReserve("1MiB").start()) {
                String image = System.getProperty("cloudlet.demo.image");
                server.command("service", "add", "demo", "--image", image, "--port", "8080", "--boot");
                mount.fill();

                RawHttp.Answer start = RawHttp.get(server.apiPort(), "/api/servicevm/start?serviceId=demo&join=false");
                assertThat(start.status()).isEqualTo(503);
                assertThat(start.body()).contains("64 MiB of disk").contains("0 MiB of disk");
                assertThat(RawHttp.get(server.apiPort(), "/api/services").body())
                        .contains("demo");
                assertOneLine(server, "of disk", "instance", "start", "demo");
                assertOneLine(server, "The upload does not fit", "image", "import", "demo", image);
                addServicesUntilRefused(data);
                assertOneLine(server, "No space left for the database", "service", "add", "other", "--port", "8080");
                assertThat(server.command("instance", "list").path("instances")).isEmpty();

                mount.free();
                server.command("service", "add", "other", "--port", "8080");
                assertThat(server.command("service", "list").at("/services").findValuesAsText("service_id"))
                        .contains("demo", "other");
            }
        }
    }

    /** Until what the database had on disk already is used up. */
    private static void addServicesUntilRefused(Path data) throws IOException {
        int status = 201;
        for (int i = 0; status == 201 && i < 1000; i++) {
            String service = "{\"service_id\":\"filler" + i + "\",\"ports\":[{\"port\":1}],\"description\":\""
                    + "x".repeat(1000) + "\"}";
            status = RawHttp.exchange(
                            data.resolve("cloudlet.sock"),
                            "POST",
                            "/v1/services",
                            "Content-Type: application/json\r\n",
                            service.getBytes(StandardCharsets.UTF_8))
                    .status();
        }
        assertThat(status).isEqualTo(507);
    }

    private static void assertOneLine(ServerProcess server, String reason, String... command)
            throws IOException, InterruptedException {
        Program.Ended ended = server.ended(new Program(), List.of(command));
        assertThat(ended.err().lines()).as(ended.err()).singleElement().satisfies(line -> assertThat(line)
                .startsWith("cloudlet: ")
                .contains(reason));
        assertThat(ended.status()).isEqualTo(1);
    }
}
