package org.kdcloudlet.server.upload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.digest.ContentDigest;
import org.kdcloudlet.server.FakeClock;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationState;
import org.kdcloudlet.server.storage.TemporaryMount;

/** Uploads that are gone on with. */
@Timeout(120)
class ResumableUploadsTest {
    private static final byte[] FILE = bytes(300_000);
    private static final Runnable NOBODY = () -> {};

    @TempDir
    private Path folder;

    private final FakeClock clock = new FakeClock();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private Path work;
    private ResumableUploads uploads;

    @BeforeEach
    void open() throws IOException {
        work = Files.createDirectories(folder.resolve("work"));
        uploads = open(folder.resolve("uploads"), 1 << 20);
    }

    private ResumableUploads open(Path where, long maxBytes) throws IOException {
        UploadLimits limits = new UploadLimits(kind -> maxBytes, () -> 0, 5, 3, Duration.ofDays(1));
        return ResumableUploads.open(Files.createDirectories(where), work, limits, clock);
    }

    @AfterEach
    void close() {
        uploads.close();
        threads.shutdownNow();
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 >> 3);
        }
        return bytes;
    }

    private static UploadRequest image(long length) {
        return new UploadRequest(UploadKind.IMAGE, "disk.qcow2", length, Optional.of(1L), Optional.empty());
    }

    private Upload append(String id, int from, int to) {
        return uploads.append("anna", id, from, new ByteArrayInputStream(FILE, from, to - from), NOBODY);
    }

    private static void refused(ErrorCode code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(CloudletException.class, refusal -> assertThat(refusal.code())
                .isEqualTo(code));
    }

    private byte[] used(String id) {
        return uploads.use("anna", id, UploadKind.IMAGE, file -> {
            try {
                byte[] bytes = Files.readAllBytes(file);
                Files.delete(file);
                return bytes;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void isWrittenInPiecesAndUsedOnce() {
        String id = uploads.create("anna", image(FILE.length)).id();
        assertThat(append(id, 0, 100_000).offset()).isEqualTo(100_000);
        assertThat(append(id, 100_000, FILE.length).complete()).isTrue();
        assertThat(used(id)).isEqualTo(FILE);
        refused(ErrorCode.UPLOAD_UNKNOWN, () -> used(id));
        assertThat(folder.resolve("uploads")).isEmptyDirectory();
        assertThat(work).isEmptyDirectory();
    }

    @Test
    void goesOnAfterARestart() throws IOException {
        String id = uploads.create("anna", image(FILE.length)).id();
        append(id, 0, 123_456);
        uploads.close();
        uploads = open(folder.resolve("uploads"), 1 << 20);
        assertThat(uploads.list("anna")).singleElement().satisfies(upload -> {
            assertThat(upload.offset()).isEqualTo(123_456);
            assertThat(upload.file()).isEqualTo(image(FILE.length));
        });
        append(id, 123_456, FILE.length);
        assertThat(used(id)).isEqualTo(FILE);
    }

    @Test
    void whatArrivedBeforeABodyBrokeOffIsKept() {
        String id = uploads.create("anna", image(FILE.length)).id();
        InputStream broken = new InputStream() {
            private int at;

            @Override
            public int read() throws IOException {
                if (at == 70_000) {
                    throw new IOException("Connection reset");
                }
                return FILE[at++] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                into[offset] = (byte) read();
                return 1;
            }
        };
        assertThatThrownBy(() -> uploads.append("anna", id, 0, broken, NOBODY)).hasMessageContaining("broke off");
        assertThat(uploads.resume("anna", id).offset()).isEqualTo(70_000);
        append(id, 70_000, FILE.length);
        assertThat(used(id)).isEqualTo(FILE);
    }

    /** Sends the first bytes of the file, and no more until it is stopped; they have been read when it returns. */
    private CompletableFuture<Void> sendSlowly(String id, int length) throws IOException {
        PipedOutputStream slow = new PipedOutputStream();
        PipedInputStream body = new PipedInputStream(slow, 1 << 16);
        CompletableFuture<Void> sending = CompletableFuture.runAsync(
                () -> uploads.append("anna", id, 0, body, () -> {
                    try {
                        slow.close();
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                }),
                threads);
        slow.write(FILE, 0, length);
        slow.flush();
        Awaitility.await().until(() -> body.available() == 0);
        return sending;
    }

    @Test
    void whoComesLastHasIt() throws Exception {
        String id = uploads.create("anna", image(FILE.length)).id();
        CompletableFuture<Void> first = sendSlowly(id, 50_000);
        assertThat(uploads.resume("anna", id).offset()).isEqualTo(50_000);
        first.get(30, TimeUnit.SECONDS);
        assertThat(append(id, 50_000, FILE.length).complete()).isTrue();
        assertThat(used(id)).isEqualTo(FILE);
    }

    @Test
    void otherOffsetsAndMoreThanAnnouncedAreRefused() {
        String id = uploads.create("anna", image(1000)).id();
        append(id, 0, 600);
        refused(ErrorCode.CONFLICT, () -> append(id, 0, 600));
        refused(ErrorCode.CONFLICT, () -> append(id, 700, 1000));
        refused(ErrorCode.CONFLICT, () -> uploads.append("anna", id, -1, InputStream.nullInputStream(), NOBODY));
        refused(ErrorCode.CONFLICT, () -> used(id));
        refused(ErrorCode.INVALID_VALUE, () -> append(id, 600, 1001));
        assertThat(uploads.get("anna", id).complete()).isTrue();
        assertThat(used(id)).isEqualTo(Arrays.copyOf(FILE, 1000));
    }

    @Test
    void nobodyElseSeesOrTouchesIt() {
        String id = uploads.create("anna", image(10)).id();
        assertThat(uploads.list("bert")).isEmpty();
        refused(ErrorCode.UPLOAD_UNKNOWN, () -> uploads.get("bert", id));
        refused(ErrorCode.UPLOAD_UNKNOWN, () -> uploads.resume("bert", id));
        refused(ErrorCode.UPLOAD_UNKNOWN, () -> uploads.cancel("bert", id));
        refused(ErrorCode.UPLOAD_UNKNOWN, () -> uploads.use("bert", id, UploadKind.IMAGE, file -> file));
        refused(
                ErrorCode.UPLOAD_UNKNOWN,
                () -> uploads.append("bert", id, 0, new ByteArrayInputStream(FILE, 0, 10), NOBODY));
        assertThat(uploads.get("anna", id).offset()).isZero();
    }

    @Test
    void numberLengthAndNamesAreBounded() {
        refused(ErrorCode.IMAGE_INVALID, () -> uploads.create("anna", image((1 << 20) + 1)));
        refused(ErrorCode.INVALID_VALUE, () -> uploads.create("anna", image(0)));
        refused(ErrorCode.INVALID_VALUE, () -> uploads.create("anna", image(-5)));
        for (String name : new String[] {"", " ", "a\nb", "x".repeat(256)}) {
            refused(
                    ErrorCode.INVALID_VALUE,
                    () -> uploads.create(
                            "anna", new UploadRequest(UploadKind.IMAGE, name, 5, Optional.empty(), Optional.empty())));
        }
        refused(
                ErrorCode.INVALID_VALUE,
                () -> uploads.create(
                        "anna",
                        new UploadRequest(UploadKind.IMAGE, "a", 5, Optional.empty(), Optional.of("not a digest"))));
        for (int i = 0; i < 3; i++) {
            uploads.create("anna", image(10));
        }
        refused(ErrorCode.NO_ROOM, () -> uploads.create("anna", image(10)));
        uploads.create("bert", image(10));
        uploads.create("bert", image(10));
        refused(ErrorCode.NO_ROOM, () -> uploads.create("carl", image(10)));
    }

    @Test
    void aHostileNameIsNoPath() throws IOException {
        UploadRequest hostile =
                new UploadRequest(UploadKind.IMAGE, "../../etc/<img src=x>", 4, Optional.empty(), Optional.empty());
        String id = uploads.create("anna", hostile).id();
        append(id, 0, 4);
        assertThat(uploads.get("anna", id).file().name()).isEqualTo("../../etc/<img src=x>");
        try (var files = Files.list(folder.resolve("uploads"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(id + ".json", id + ".data");
        }
    }

    @Test
    void expiresADayAfterItsLastByte() {
        String id = uploads.create("anna", image(10)).id();
        append(id, 0, 5);
        clock.advance(Duration.ofHours(23));
        uploads.sweep();
        append(id, 5, 6);
        clock.advance(Duration.ofHours(23));
        uploads.sweep();
        assertThat(uploads.get("anna", id).offset()).isEqualTo(6);
        clock.advance(Duration.ofHours(2));
        uploads.sweep();
        refused(ErrorCode.UPLOAD_UNKNOWN, () -> uploads.get("anna", id));
        assertThat(folder.resolve("uploads")).isEmptyDirectory();
    }

    @Test
    void whatExpiredOrIsNotWholeIsSweptAtStart() throws IOException {
        String old = uploads.create("anna", image(10)).id();
        append(old, 0, 5);
        String halfRemoved = uploads.create("anna", image(10)).id();
        uploads.close();
        Path there = folder.resolve("uploads");
        Files.delete(there.resolve(halfRemoved + ".data"));
        Files.writeString(there.resolve("left.data"), "of a crash");
        Files.writeString(there.resolve("left.new"), "of a crash");
        Files.writeString(there.resolve("nonsense.json"), "{\"kind\":\"CAR\"");
        clock.advance(Duration.ofDays(2));
        uploads = open(there, 1 << 20);
        assertThat(uploads.list("anna")).isEmpty();
        assertThat(there).isEmptyDirectory();
    }

    @Test
    void cancelLeavesNothing() {
        String id = uploads.create("anna", image(FILE.length)).id();
        append(id, 0, 1000);
        uploads.cancel("anna", id);
        refused(ErrorCode.UPLOAD_UNKNOWN, () -> append(id, 1000, 2000));
        refused(ErrorCode.UPLOAD_UNKNOWN, () -> uploads.cancel("anna", id));
        assertThat(folder.resolve("uploads")).isEmptyDirectory();
    }

    @Test
    void cancelEndsWhoeverSends() throws Exception {
        String id = uploads.create("anna", image(FILE.length)).id();
        CompletableFuture<Void> sending = sendSlowly(id, 1000);
        uploads.cancel("anna", id);
        Awaitility.await().until(sending::isDone);
        assertThat(folder.resolve("uploads")).isEmptyDirectory();
    }

    @Test
    void aUseThatIsRefusedLeavesItToBeUsedAgain() {
        String id = uploads.create("anna", image(10)).id();
        append(id, 0, 10);
        refused(ErrorCode.CONFLICT, () -> uploads.use("anna", id, UploadKind.APP, file -> file));
        assertThatThrownBy(() -> uploads.use("anna", id, UploadKind.IMAGE, file -> {
                    throw new CloudletException(ErrorCode.SERVICE_UNKNOWN, "There is no such service");
                }))
                .hasMessageContaining("no such service");
        assertThat(used(id)).isEqualTo(Arrays.copyOf(FILE, 10));
    }

    @Test
    void theDigestIsCheckedInOneRunAndOverARestart() throws Exception {
        String right =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(FILE));
        for (boolean restart : new boolean[] {false, true}) {
            String id = uploads.create("anna", withDigest(right)).id();
            append(id, 0, 1000);
            if (restart) {
                uploads.close();
                uploads = open(folder.resolve("uploads"), 1 << 20);
            }
            append(id, 1000, FILE.length);
            assertThat(used(id)).isEqualTo(FILE);
            String wrong = uploads.create("anna", withDigest("0".repeat(64))).id();
            append(wrong, 0, FILE.length);
            assertThatThrownBy(() -> used(wrong)).hasMessageContaining(right);
            refused(ErrorCode.UPLOAD_UNKNOWN, () -> uploads.get("anna", wrong));
        }
    }

    /** Begins an operation that is made from an upload; the file it was lent is handed out. */
    private InputFile begun(String id) {
        InputFile[] lent = new InputFile[1];
        uploads.begin("anna", id, UploadKind.IMAGE, file -> {
            lent[0] = file;
            return operation();
        });
        return lent[0];
    }

    private Operation operation() {
        return new Operation(
                1,
                "image.import",
                "demo",
                OperationState.RUNNING,
                List.of(),
                Optional.empty(),
                0,
                0,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                true,
                clock.instant(),
                clock.instant(),
                Optional.empty());
    }

    private String whole() {
        String id = uploads.create("anna", image(FILE.length)).id();
        append(id, 0, FILE.length);
        return id;
    }

    @Test
    void isKeptUntilAnOperationMadeFromItHasSucceeded() throws IOException {
        String id = whole();
        InputFile failing = begun(id);
        assertThat(failing.path()).hasBinaryContent(FILE);
        refused(ErrorCode.CONFLICT, () -> begun(id));
        refused(ErrorCode.CONFLICT, () -> used(id));
        assertThat(uploads.get("anna", id).inUse()).isTrue();
        failing.ended(false);
        assertThat(uploads.get("anna", id).inUse()).isFalse();
        assertThat(work).isEmptyDirectory();
        InputFile succeeding = begun(id);
        failing.ended(true);
        refused(ErrorCode.CONFLICT, () -> begun(id));
        succeeding.ended(true);
        refused(ErrorCode.UPLOAD_UNKNOWN, () -> begun(id));
        assertThat(folder.resolve("uploads")).isEmptyDirectory();
        assertThat(work).isEmptyDirectory();
    }

    @Test
    void isThereAfterAnEndOfTheServerInTheMiddleOfAnOperation() throws IOException {
        String id = whole();
        Path lent = begun(id).path();
        uploads.close();
        Files.delete(lent);
        uploads = open(folder.resolve("uploads"), 1 << 20);
        assertThat(begun(id).path()).hasBinaryContent(FILE);
    }

    @Test
    void mayBeRemovedWhileAnOperationIsMadeFromIt() throws IOException {
        String id = whole();
        InputFile lent = begun(id);
        uploads.cancel("anna", id);
        assertThat(lent.path()).hasBinaryContent(FILE);
        lent.ended(false);
        refused(ErrorCode.UPLOAD_UNKNOWN, () -> begun(id));
        assertThat(folder.resolve("uploads")).isEmptyDirectory();
        assertThat(work).isEmptyDirectory();
    }

    @Test
    void anOperationThatDoesNotBeginLeavesItAsItWas() {
        String id = whole();
        assertThatThrownBy(() -> uploads.begin("anna", id, UploadKind.IMAGE, file -> {
                    throw new CloudletException(ErrorCode.SERVICE_UNKNOWN, "There is no such service");
                }))
                .hasMessageContaining("no such service");
        assertThat(work).isEmptyDirectory();
        assertThat(used(id)).isEqualTo(FILE);
    }

    @Test
    void aLongOneIsHashedAlsoOverALongPause() throws Exception {
        uploads.close();
        uploads = open(folder.resolve("uploads"), 1 << 25);
        byte[] large = bytes((int) ContentDigest.WORTH_A_PROCESS + 1000);
        String right =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(large));
        for (boolean pause : new boolean[] {false, true}) {
            UploadRequest request = withDigest(right, large.length);
            String id = uploads.create("anna", request).id();
            uploads.append("anna", id, 0, new ByteArrayInputStream(large, 0, 1_000_000), NOBODY);
            if (pause) {
                clock.advance(Duration.ofHours(1));
                uploads.sweep();
            }
            uploads.append("anna", id, 1_000_000, new ByteArrayInputStream(large, 1_000_000, large.length), NOBODY);
            assertThat(used(id)).isEqualTo(large);
        }
    }

    private static UploadRequest withDigest(String sha256) {
        return withDigest(sha256, FILE.length);
    }

    private static UploadRequest withDigest(String sha256, long length) {
        return new UploadRequest(UploadKind.IMAGE, "disk.qcow2", length, Optional.empty(), Optional.of(sha256));
    }

    @Test
    void onAFullDiskItSaysSoAndIsResumedWhenThereIsRoom() throws IOException {
        byte[] large = bytes(4 << 20);
        try (TemporaryMount mount = TemporaryMount.of(folder, "16m")) {
            assumeTrue(mount.mounted(), "mounting takes root");
            work = Files.createDirectory(mount.path().resolve("work"));
            try (ResumableUploads small = open(mount.path().resolve("uploads"), 64 << 20)) {
                refused(ErrorCode.NO_ROOM, () -> small.create("anna", image(32 << 20)));
                String id = small.create("anna", image(large.length)).id();
                refused(ErrorCode.NO_ROOM, () -> small.create("anna", image(14 << 20)));
                small.append("anna", id, 0, new ByteArrayInputStream(large, 0, 1 << 20), NOBODY);
                mount.fill();
                assertThatThrownBy(() -> small.append(
                                "anna", id, 1 << 20, new ByteArrayInputStream(large, 1 << 20, 3 << 20), NOBODY))
                        .hasMessageContaining("The disk is full")
                        .hasMessageContaining("resume");
                int kept = (int) small.resume("anna", id).offset();
                assertThat(kept).isGreaterThanOrEqualTo(1 << 20);
                mount.free();
                small.append("anna", id, kept, new ByteArrayInputStream(large, kept, large.length - kept), NOBODY);
                assertThat(small.<Boolean>use("anna", id, UploadKind.IMAGE, file -> same(file, large)))
                        .isTrue();
            }
        }
    }

    private static boolean same(Path file, byte[] bytes) {
        try {
            return Arrays.equals(Files.readAllBytes(file), bytes);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void manyAtOnceDoNotMixUp() throws Exception {
        String[] ids = new String[3];
        CompletableFuture<?>[] sending = new CompletableFuture<?>[ids.length];
        for (int i = 0; i < ids.length; i++) {
            String id = uploads.create("anna", image(FILE.length)).id();
            ids[i] = id;
            sending[i] = CompletableFuture.runAsync(
                    () -> {
                        for (int at = 0; at < FILE.length; at += 10_000) {
                            append(id, at, at + 10_000);
                        }
                    },
                    threads);
        }
        CompletableFuture.allOf(sending).get(60, TimeUnit.SECONDS);
        for (String id : ids) {
            assertThat(used(id)).isEqualTo(FILE);
        }
    }
}
