package org.kdcloudlet.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Apps from a fake that can be made to break off, to lie, and to go on where it was. */
class DownloadTest {
    @TempDir
    Path folder;

    private final byte[] content = new byte[300_000];
    private final List<String> ranges = new CopyOnWriteArrayList<>();
    private FakeCloudlet fake;
    private CloudletClient client;
    private Path file;

    @BeforeEach
    void start() throws IOException {
        new Random(1).nextBytes(content);
        fake = new FakeCloudlet("ridge");
        fake.bodies.put("/apps/get", content);
        client = CloudletClient.builder()
                .deviceId("d")
                .maximumAppBytes(1_000_000)
                .build();
        file = folder.resolve("speech.apk");
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        fake.close();
    }

    @Test
    void anAppIsListedAndDownloaded() throws Exception {
        App app = app(md5(content));
        assertThat(app.name()).isEqualTo("Speech");
        assertThat(app.minimumAndroidVersion()).contains("4.1");
        Files.writeString(file, "an older one");
        download(app);
        assertThat(file).hasBinaryContent(content);
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
        assertThat(fake.requests).endsWith("/apps/get?appId=5e7e5b0d1d41c8260f3d6b01");
        api().apps("speech", "audio");
        assertThat(fake.requests).endsWith("/apps?tags=speech%2Caudio");
    }

    @Test
    void aBrokenDownloadGoesOnWhereItWas() throws Exception {
        App app = app(md5(content));
        breakOffAfter(100_000);
        assertThatThrownBy(() -> download(app)).isInstanceOf(CloudletUnreachableException.class);
        assertThat(file).doesNotExist();
        assertThat(Path.of(file + ".part")).hasSize(100_000);
        serveRanges(content);
        download(app);
        assertThat(file).hasBinaryContent(content);
        assertThat(ranges).containsExactly("bytes=100000-");
    }

    @Test
    void aServerWithoutRangesBeginsAnew() throws Exception {
        App app = app(md5(content));
        breakOffAfter(100_000);
        assertThatThrownBy(() -> download(app)).isInstanceOf(CloudletUnreachableException.class);
        fake.scripts.remove("/apps/get");
        download(app);
        assertThat(file).hasBinaryContent(content);
    }

    @Test
    void theRestOfAnotherVersionIsNoticedAndFetchedFromTheBeginning() throws Exception {
        App app = app(md5(content));
        Files.write(Path.of(file + ".part"), new byte[5000]);
        serveRanges(content);
        download(app);
        assertThat(file).hasBinaryContent(content);
        Files.write(Path.of(file + ".part"), new byte[400_000]);
        download(app);
        assertThat(file).hasBinaryContent(content);
        Files.write(Path.of(file + ".part"), content);
        download(app);
        assertThat(file).hasBinaryContent(content);
    }

    @Test
    void withoutAnMd5NothingIsAddedToTheRestOfAnotherVersion() throws Exception {
        App app = app("null");
        Files.write(Path.of(file + ".part"), new byte[5000]);
        serveRanges(content);
        download(app);
        assertThat(file).hasBinaryContent(content);
        assertThat(ranges).isEmpty();
    }

    @Test
    void otherContentThanAnnouncedIsRefused() throws Exception {
        App app = app(md5(new byte[1]));
        assertThatThrownBy(() -> download(app))
                .isInstanceOfSatisfying(DownloadException.class, e -> assertThat(e.isRetryable())
                        .isFalse());
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void wrongLengthsAreTyped() throws Exception {
        App app = app(md5(content));
        for (String head : List.of(
                "HTTP/1.1 200 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n",
                "HTTP/1.1 416 X\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 302 X\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 206 X\r\nContent-Range: bytes 7-9/10\r\nContent-Length: 3\r\n\r\nabc",
                "HTTP/1.1 206 X\r\nContent-Length: 3\r\n\r\nabc")) {
            fake.scripts.put("/apps/get", FakeCloudlet.raw(head));
            assertThatThrownBy(() -> download(app)).as(head).isInstanceOf(CloudletReplyException.class);
        }
        fake.scripts.put("/apps/get", FakeCloudlet.raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"));
        assertThatThrownBy(() -> download(app)).isInstanceOf(CloudletUnreachableException.class);
        fake.scripts.put("/apps/get", FakeCloudlet.raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdefgh"));
        assertThatThrownBy(() -> download(app)).isInstanceOf(DownloadException.class);
        fake.scripts.put("/apps/get", FakeCloudlet.status(404, "gone"));
        assertThatThrownBy(() -> download(app))
                .isInstanceOfSatisfying(CloudletRefusedException.class, e -> assertThat(e.isNotFound())
                        .isTrue());
        assertThat(file).doesNotExist();
    }

    @Test
    void aFolderThatIsNotThereIsTyped() throws Exception {
        App app = app(md5(content));
        assertThatThrownBy(() ->
                        api().download(app, folder.resolve("none/speech.apk").toFile()))
                .isInstanceOf(DownloadException.class);
    }

    @Test
    void encryptedAppsAreDecrypted() throws Exception {
        App app = app("null");
        fake.encrypt("key");
        try (CloudletClient paired =
                CloudletClient.builder().deviceId("d").credentials(new OneKey()).build()) {
            paired.at(fake.cloudlet()).download(app, file.toFile());
        }
        assertThat(file).hasBinaryContent(content);
        assertThat(fake.requests).endsWith("/apps/get&appId=5e7e5b0d1d41c8260f3d6b01");
    }

    private record OneKey() implements CredentialStore {
        @Override
        public java.util.Optional<String> deviceKey(String cloudletName) {
            return java.util.Optional.of("key");
        }

        @Override
        public void putDeviceKey(String cloudletName, String deviceKey) {
            throw new UnsupportedOperationException();
        }
    }

    private CloudletApi api() {
        return client.at(fake.cloudlet());
    }

    private void download(App app) {
        api().download(app, file.toFile());
    }

    private App app(String md5) {
        fake.bodies.put(
                "/apps",
                FakeCloudlet.utf8("{\"apps\":[{\"_id\":\"5e7e5b0d1d41c8260f3d6b01\",\"name\":\"Speech\","
                        + "\"package_name\":\"org.example.speech\",\"tags\":[\"speech\"],\"md5sum\":" + md5
                        + ",\"min_android_version\":\"4.1\",\"service_id\":\"org.example.speech\","
                        + "\"app_version\":\"1.0\",\"description\":\"Speech client\"}]}"));
        return api().apps().get(0);
    }

    private static String md5(byte[] bytes) throws Exception {
        String digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        return "\"" + digest.toUpperCase(java.util.Locale.ROOT) + "\"";
    }

    private void breakOffAfter(int bytes) {
        fake.scripts.put("/apps/get", (socket, headers) -> {
            socket.getOutputStream()
                    .write(FakeCloudlet.utf8("HTTP/1.1 200 OK\r\nContent-Length: " + content.length + "\r\n\r\n"));
            socket.getOutputStream().write(content, 0, bytes);
            socket.close();
        });
    }

    private void serveRanges(byte[] all) {
        fake.scripts.put("/apps/get", (socket, headers) -> {
            if (!headers.containsKey("range")) {
                FakeCloudlet.send(socket, "200 OK", "", all);
                return;
            }
            ranges.add(headers.get("range"));
            int from = Integer.parseInt(headers.get("range").replaceAll("[^0-9]", ""));
            if (from >= all.length) {
                FakeCloudlet.send(socket, "416 Range Not Satisfiable", "", new byte[0]);
                return;
            }
            String range = "Content-Range: bytes " + from + "-" + (all.length - 1) + "/" + all.length + "\r\n";
            FakeCloudlet.send(socket, "206 Partial Content", range, Arrays.copyOfRange(all, from, all.length));
        });
    }
}
