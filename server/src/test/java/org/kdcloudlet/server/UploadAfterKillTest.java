package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.web.RawHttp;

/** A server that is killed while it takes an upload or uses it: the upload is there with the next one, in flat memory. */
class UploadAfterKillTest {
    private static final String HEAP = "-Xmx48m";
    private static final int MIB = 1 << 20;
    private static final int LENGTH_MIB = 300;
    private static final int SENT_MIB = 100;

    @TempDir
    private Path folder;

    @Test
    void anUploadGoesOnAfterTheServerWasKilled() throws Exception {
        Path socket = folder.resolve("data/cloudlet.sock");
        String upload;
        try (ServerProcess server = new ServerSetup(folder).jvm(HEAP).start()) {
            upload = create(socket, (long) LENGTH_MIB * MIB);
            try (SocketChannel channel = send(socket, upload, 0, SENT_MIB)) {
                Awaitility.await()
                        .atMost(ServerProcess.PATIENCE)
                        .until(() -> channel.isOpen() && length(upload) >= 70L * MIB);
                server.kill();
            }
        }
        try (ServerProcess server = new ServerSetup(folder).jvm(HEAP).start()) {
            long offset = offset(socket, upload);
            assertThat(offset).isBetween(70L * MIB, (long) SENT_MIB * MIB);
            assertThat(offset).isEqualTo(length(upload));
            try (SocketChannel channel = send(socket, upload, offset, LENGTH_MIB - SENT_MIB)) {
                Awaitility.await()
                        .atMost(ServerProcess.PATIENCE)
                        .until(() ->
                                channel.isOpen() && length(upload) == offset + (long) (LENGTH_MIB - SENT_MIB) * MIB);
            }
            assertThat(RawHttp.exchange(socket, "DELETE", upload, "", new byte[0])
                            .status())
                    .isEqualTo(204);
            assertThat(server.output()).doesNotContain("OutOfMemory");
        }
        assertThat(folder.resolve("data/resumable-uploads")).isEmptyDirectory();
    }

    @Test
    void anUploadIsKeptWhenTheServerIsKilledInTheMiddleOfItsImport() throws Exception {
        Path socket = folder.resolve("data/cloudlet.sock");
        String upload;
        try (ServerProcess server = ServerProcess.start(folder)) {
            post(socket, "/v1/services", "{\"service_id\":\"demo\",\"ports\":[{\"port\":9000}]}");
            upload = create(socket, MIB);
            RawHttp.Answer sent = RawHttp.exchange(
                    socket,
                    "PATCH",
                    upload,
                    "Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\n",
                    new byte[MIB]);
            assertThat(sent.status()).isEqualTo(204);
            // A disk of zeros does not boot, so its import has not ended when the server is killed.
            post(socket, use(upload), "");
            server.kill();
        }
        try (ServerProcess server = ServerProcess.start(folder)) {
            assertThat(server.command("operation", "list")
                            .at("/operations/0/error/code")
                            .asText())
                    .isEqualTo("SERVER_RESTARTED");
            assertThat(offset(socket, upload)).isEqualTo(MIB);
            String operation = post(socket, use(upload) + "&prepare=false", "").header("Location");
            assertThat(RawHttp.exchange(socket, "GET", operation + "/wait?seconds=60", "", new byte[0])
                            .body())
                    .contains("\"state\":\"succeeded\"");
            assertThat(folder.resolve("data/resumable-uploads")).isEmptyDirectory();
        }
    }

    @Test
    void aCommandGoesOnWithTheNextServer() throws Exception {
        int port = FreePort.next();
        Path image = folder.resolve("disk.img");
        try (RandomAccessFile zeros = new RandomAccessFile(image.toFile(), "rw")) {
            zeros.setLength((long) LENGTH_MIB * MIB);
        }
        Path err = folder.resolve("err");
        Process command;
        try (ServerProcess server = new ServerSetup(folder).managerPort(port).start()) {
            server.command("service", "add", "demo", "--port", "9000");
            String token = server.command("token", "create", "elsewhere", "--role", "operator")
                    .path("secret")
                    .asText();
            command = new Program(List.of(), List.of(), Map.of("KDCLOUDLET_TOKEN", token))
                    .start(
                            folder.resolve("out"),
                            err,
                            List.of(
                                    "image",
                                    "import",
                                    "demo",
                                    image.toString(),
                                    "--format",
                                    "raw",
                                    "--no-wait",
                                    "--url",
                                    "http://127.0.0.1:" + port));
            // All of it arrives in a second or so.
            Awaitility.await()
                    .atMost(ServerProcess.PATIENCE)
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> arrived() >= 10L * MIB);
            server.kill();
            assertThat(arrived()).isLessThan((long) LENGTH_MIB * MIB);
        }
        try (ServerProcess server = new ServerSetup(folder).managerPort(port).start()) {
            assertThat(command.waitFor(ServerProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            assertThat(command.exitValue()).as(Files.readString(err)).isZero();
            assertThat(err).content().contains("trying again");
            assertThat(server.command("operation", "list")
                            .at("/operations/0/kind")
                            .asText())
                    .isEqualTo("image.import");
        }
    }

    private long arrived() {
        File[] files = folder.resolve("data/resumable-uploads").toFile().listFiles();
        return files == null ? 0 : Stream.of(files).mapToLong(File::length).sum();
    }

    private static String use(String upload) {
        return "/v1/services/demo/images?format=raw&upload=" + upload.substring(upload.lastIndexOf('/') + 1);
    }

    private static RawHttp.Answer post(Path socket, String path, String body) throws IOException {
        RawHttp.Answer answer = RawHttp.exchange(socket, "POST", path, "", body.getBytes(StandardCharsets.US_ASCII));
        assertThat(answer.status()).as(answer.body()).isBetween(200, 299);
        return answer;
    }

    /** Begins the upload of an image; returns its path. */
    private static String create(Path socket, long length) throws IOException {
        return RawHttp.exchange(
                        socket,
                        "POST",
                        "/v1/uploads",
                        "Upload-Length: " + length + "\r\nUpload-Metadata: kind aW1hZ2U=,filename YQ==\r\n",
                        new byte[0])
                .header("Location");
    }

    private long length(String upload) {
        String id = upload.substring(upload.lastIndexOf('/') + 1);
        return folder.resolve("data/resumable-uploads/" + id + ".data").toFile().length();
    }

    private static long offset(Path socket, String upload) throws IOException {
        return Long.parseLong(
                RawHttp.exchange(socket, "HEAD", upload, "", new byte[0]).header("Upload-Offset"));
    }

    /** Sends so many MiB of a body that is announced to be all that is left. */
    private static SocketChannel send(Path socket, String upload, long offset, int mib) throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        OutputStream out = Channels.newOutputStream(channel);
        out.write(("PATCH " + upload + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                        + ((long) LENGTH_MIB * MIB - offset)
                        + "\r\nContent-Type: application/offset+octet-stream\r\nUpload-Offset: " + offset + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        byte[] block = new byte[MIB];
        for (int i = 0; i < mib; i++) {
            out.write(block);
        }
        return channel;
    }
}
