package org.kdcloudlet.server.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.storage.TemporaryMount;

/** A file that is hashed and written beside the unpacking of its content. */
@Timeout(60)
class DigestedFileTest {
    @TempDir
    private Path folder;

    @AfterEach
    void noThreadIsLeft() {
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("package-disk");
    }

    @Test
    void isWhatWasReadWithItsDigest() throws Exception {
        for (int length : new int[] {0, 1, 256 * 1024, 256 * 1024 + 1, 5_000_000}) {
            byte[] bytes = new byte[length];
            new Random(length).nextBytes(bytes);
            Path path = folder.resolve("file" + length);
            try (DigestedFile file = new DigestedFile(path)) {
                InputStream in = new ByteArrayInputStream(bytes);
                while (file.readFrom(in) >= 0) {
                    continue;
                }
                assertThat(file.finish())
                        .isEqualTo(HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
            }
            assertThat(Files.readAllBytes(path)).isEqualTo(bytes);
        }
    }

    @Test
    void runsOfZerosBecomeHoles() throws Exception {
        byte[] bytes = new byte[3_000_001];
        bytes[1_000_000] = 1;
        Path path = folder.resolve("sparse");
        try (DigestedFile file = new DigestedFile(path)) {
            InputStream in = new ByteArrayInputStream(bytes);
            while (file.readFrom(in) >= 0) {
                continue;
            }
            file.finish();
        }
        assertThat(Files.readAllBytes(path)).isEqualTo(bytes);
        Process used = new ProcessBuilder("du", "-k", path.toString()).start();
        String kib = new String(used.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).split("\\s")[0];
        assertThat(Integer.parseInt(kib)).isLessThan(200);
    }

    @Test
    void whatEndsTheReadingEndsIt() {
        for (Exception end : new Exception[] {new IOException("broke off"), new CancellationException("cancelled")}) {
            InputStream in = new InputStream() {
                private int left = 3_000_000;

                @Override
                public int read() throws IOException {
                    if (left-- > 0) {
                        return 1;
                    }
                    if (end instanceof CancellationException cancelled) {
                        throw cancelled;
                    }
                    throw (IOException) end;
                }
            };
            assertThatThrownBy(() -> {
                        try (DigestedFile file = new DigestedFile(folder.resolve(end.getMessage()))) {
                            while (file.readFrom(in) >= 0) {
                                continue;
                            }
                        }
                    })
                    .isSameAs(end);
        }
    }

    @Test
    void aFullDiskIsTold() throws IOException {
        try (TemporaryMount mount = TemporaryMount.of(folder, "4m")) {
            assumeTrue(mount.mounted(), "mounting takes root");
            InputStream endless = new InputStream() {
                @Override
                public int read() {
                    return 1;
                }

                @Override
                public int read(byte[] bytes, int offset, int length) {
                    Arrays.fill(bytes, offset, offset + length, (byte) 1);
                    return length;
                }
            };
            assertThatThrownBy(() -> {
                        try (DigestedFile file = new DigestedFile(mount.path().resolve("file"))) {
                            while (file.readFrom(endless) >= 0) {
                                continue;
                            }
                        }
                    })
                    .hasMessageContaining("No space left");
        }
    }
}
