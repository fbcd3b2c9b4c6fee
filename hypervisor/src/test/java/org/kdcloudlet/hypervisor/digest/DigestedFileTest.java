package org.kdcloudlet.hypervisor.digest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file that is hashed and written beside the unpacking of its content. */
@Timeout(60)
class DigestedFileTest {
    /** What is hashed in this process, and what is hashed by another. */
    private static final long[] LENGTHS = {1, ContentDigest.WORTH_A_PROCESS};

    @TempDir
    private Path folder;

    @AfterEach
    void noThreadIsLeft() {
        Awaitility.await()
                .until(() -> hashing().findAny().isEmpty()
                        && Thread.getAllStackTraces().keySet().stream()
                                .noneMatch(thread -> thread.getName().equals(Sha256Program.THREAD)));
    }

    @Test
    void isWhatWasReadWithItsDigest() throws Exception {
        for (int length : new int[] {0, 1, 256 * 1024, 256 * 1024 + 1, 5_000_000, 17 << 20}) {
            byte[] bytes = new byte[length];
            new Random(length).nextBytes(bytes);
            Path path = folder.resolve("file" + length);
            try (DigestedFile file = DigestedFile.create(path, bytes.length)) {
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
        try (DigestedFile file = DigestedFile.create(path, bytes.length)) {
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
        for (long length : LENGTHS) {
            for (Exception end :
                    new Exception[] {new IOException("broke off"), new CancellationException("cancelled")}) {
                assertEndsBy(end, length);
            }
        }
    }

    private void assertEndsBy(Exception end, long length) {
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
                    try (DigestedFile file = DigestedFile.create(folder.resolve(end.getMessage() + length), length)) {
                        while (file.readFrom(in) >= 0) {
                            continue;
                        }
                    }
                })
                .isSameAs(end);
    }

    @Test
    void aFullDiskIsTold() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root may mount a small file system");
        for (long length : LENGTHS) {
            assertFullDiskIsTold(Files.createDirectory(folder.resolve("of" + length)), length);
        }
    }

    @Test
    void aHashingProcessThatEndsEarlyIsToldAndItsDigestIsNone() throws IOException {
        byte[] bytes = new byte[1 << 20];
        try (ContentDigest program = Sha256Program.start()) {
            program.update(bytes, bytes.length);
            hashing().forEach(ProcessHandle::destroyForcibly);
            assertThatThrownBy(program::finish)
                    .isInstanceOf(DigestFailedException.class)
                    .hasMessageContaining("sha256sum ended before it had hashed everything");
        }
    }

    @Test
    void whoGoesOnIsToldOnceTheProcessHasEnded() throws IOException {
        byte[] bytes = new byte[1 << 20];
        try (ContentDigest program = Sha256Program.start()) {
            hashing().forEach(ProcessHandle::destroyForcibly);
            assertThatThrownBy(() -> {
                        while (true) {
                            program.update(bytes, bytes.length);
                        }
                    })
                    .isInstanceOf(DigestFailedException.class);
        }
    }

    @Test
    void oneThatIsClosedInTheMiddleHoldsNobodyUp() throws IOException {
        byte[] bytes = new byte[1 << 20];
        ContentDigest program = Sha256Program.start();
        hashing().forEach(DigestedFileTest::halt);
        program.update(bytes, bytes.length);
        program.close();
    }

    /** Takes nothing more from its pipe. */
    private static void halt(ProcessHandle process) {
        try {
            run("kill", "-STOP", String.valueOf(process.pid()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theDigestOfAFileIsThatOfAllOfIt() throws Exception {
        for (int length : new int[] {0, 1, (int) ContentDigest.WORTH_A_PROCESS + 1}) {
            byte[] bytes = new byte[length];
            new Random(length).nextBytes(bytes);
            Path path = Files.write(folder.resolve("whole" + length), bytes);
            AtomicLong told = new AtomicLong();
            assertThat(ContentDigest.of(path, (done, total) -> {
                        assertThat(total).isEqualTo(length);
                        told.set(done);
                    }))
                    .isEqualTo(HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
            assertThat(told).hasValue(length);
        }
    }

    private static Stream<ProcessHandle> hashing() {
        return ProcessHandle.current()
                .children()
                .filter(child -> child.info().command().orElse("").endsWith("sha256sum"));
    }

    private static void assertFullDiskIsTold(Path folder, long length) throws IOException {
        run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder.toString());
        try {
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
                        try (DigestedFile file = DigestedFile.create(folder.resolve("file"), length)) {
                            while (file.readFrom(endless) >= 0) {
                                continue;
                            }
                        }
                    })
                    .hasMessageContaining("No space left");
        } finally {
            run("umount", folder.toString());
        }
    }

    private static void run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.onExit().join().exitValue())
                .as(String.join(" ", command))
                .isZero();
    }
}
