package org.kdcloudlet.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.web.RawHttp;

/** A device finds an app and downloads it, as spec/device-api.md says. */
class AppDownloadTest {
    @TempDir
    private Path folder;

    @Test
    void aDeviceGetsThePackageWithItsLengthAndTheSumThatTheListSays() throws Exception {
        try (TestServer server = new TestServer(folder.resolve("data"))) {
            Path apk = new TestApk(folder).make("org.example.speech", 7, "1.0 \"x\"");
            String id = server.publish(apk);
            var listed = server.json(server.device("/api/apps?tags=other,speech"))
                    .path("apps")
                    .get(0);
            assertThat(listed.path("_id").asText()).isEqualTo(id);

            HttpResponse<byte[]> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(
                                            "http://127.0.0.1:" + server.apiPort() + "/api/apps/get?appId=" + id))
                                    .build(),
                            HttpResponse.BodyHandlers.ofByteArray());

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(Files.readAllBytes(apk));
            assertThat(answer.headers().firstValue("Content-Length")).hasValue(Long.toString(Files.size(apk)));
            assertThat(answer.headers().firstValue("Transfer-Encoding")).isEmpty();
            assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/vnd.android.package-archive");
            assertThat(answer.headers().firstValue("Content-Disposition"))
                    .hasValue("attachment; filename=\"org.example.speech-1.0__x_.apk\"");
            assertThat(listed.path("md5sum").asText())
                    .isEqualTo(HexFormat.of()
                            .formatHex(MessageDigest.getInstance("MD5").digest(answer.body())));
            headHasTheLengthAlone(server, id, Files.size(apk));
        }
    }

    private static void headHasTheLengthAlone(TestServer server, String id, long length) throws IOException {
        RawHttp.Answer head = RawHttp.exchange(
                server.apiPort(),
                "HEAD /api/apps/get?appId=" + id + " HTTP/1.1\r\nHost: 127.0.0.1:" + server.apiPort() + "\r\n\r\n");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("Content-Length")).isEqualTo(Long.toString(length));
    }
}
