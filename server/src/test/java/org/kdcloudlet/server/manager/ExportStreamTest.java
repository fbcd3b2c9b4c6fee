package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.web.RawHttp;

/** What becomes of an export whose image cannot be read to its end. */
@Timeout(60)
class ExportStreamTest {
    private static final int IMAGE_BYTES = 32 << 20;

    @TempDir
    private Path data;

    @Test
    void anExportThatBreaksOffHasNoEnd() throws IOException {
        try (TestServer server = new TestServer(data)) {
            server.admin(
                    "POST", "/v1/services", "{\"service_id\":\"demo\",\"ports\":[{\"port\":9000}],\"pool_size\":0}");
            var operation = server.json(
                    RawHttp.exchange(server.socket(), "POST", "/v1/services/demo/images", "", new byte[IMAGE_BYTES]));
            server.admin("GET", "/v1/operations/" + operation.path("id").asText() + "/wait?seconds=30", "");
            try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(server.socket()))) {
                Channels.newOutputStream(channel)
                        .write("GET /v1/services/demo/package?compressed=false HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                InputStream answer = Channels.newInputStream(channel);
                assertThat(new String(answer.readNBytes(15), StandardCharsets.US_ASCII))
                        .isEqualTo("HTTP/1.1 200 OK");
                // The rest does not fit between server and client, so the server is not at the end of the image yet.
                try (Stream<Path> images = Files.list(data.resolve("images"));
                        FileChannel image =
                                FileChannel.open(images.findFirst().orElseThrow(), StandardOpenOption.WRITE)) {
                    image.truncate(IMAGE_BYTES - 1);
                }
                byte[] rest = answer.readAllBytes();
                assertThat(rest.length).isGreaterThan(1 << 20);
                assertThat(new String(rest, rest.length - 7, 7, StandardCharsets.ISO_8859_1))
                        .isNotEqualTo("\r\n0\r\n\r\n");
            }
        }
    }
}
