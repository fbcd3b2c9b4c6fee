package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.web.RawHttp;

/** A server that is killed while it takes an upload: the upload goes on with the next one, in flat memory. */
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
            RawHttp.Answer created = RawHttp.exchange(
                    socket,
                    "POST",
                    "/v1/uploads",
                    "Upload-Length: " + ((long) LENGTH_MIB * MIB)
                            + "\r\nUpload-Metadata: kind aW1hZ2U=,filename YQ==\r\n",
                    new byte[0]);
            upload = created.header("Location");
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
