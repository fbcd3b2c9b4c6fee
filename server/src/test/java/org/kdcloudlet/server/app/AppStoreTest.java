package org.kdcloudlet.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kdcloudlet.server.Refusals.refused;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.testing.FakeCrash;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.error.ErrorCode;

/** The app store on a real database and folder, with real packages. */
class AppStoreTest {
    private static final AppMetadata SPEECH =
            new AppMetadata(Optional.of("org.example.speech"), "Speech client", List.of("speech"));

    @TempDir
    private static Path apks;

    private static Path version7;
    private static Path version8;
    private static Path other;

    @TempDir
    private Path folder;

    private TestCloudlet cloudlet;

    @BeforeAll
    static void makePackages() {
        TestApk maker = new TestApk(apks);
        version7 = maker.make("org.example.speech", 7, "1.0");
        version8 = maker.make("org.example.speech", 8, "../1.1\"; x=\"");
        other = maker.make("org.example.other", 1, "1.0");
    }

    @BeforeEach
    void open() {
        cloudlet = TestCloudlet.open(folder);
    }

    @AfterEach
    void close() {
        cloudlet.close();
    }

    private Apps apps() {
        return cloudlet.domain().apps();
    }

    /** A copy where uploads are. */
    private Path upload(Path apk) throws IOException {
        return Files.copy(apk, cloudlet.directory().uploads().resolve("copy"));
    }

    @Test
    void anAppIsKeptWithWhatItsPackageAndItsOperatorSay() throws Exception {
        App added = apps().add(upload(version7), SPEECH);
        assertThat(added.details()).isEqualTo(new PackageDetails("org.example.speech", "Speech", "1.0", 7, "4.1"));
        assertThat(added.id()).matches("[0-9a-f]{24}");
        byte[] bytes = Files.readAllBytes(version7);
        assertThat(added.content().md5()).isEqualTo(digest("MD5", bytes));
        assertThat(added.content().sha256()).isEqualTo(digest("SHA-256", bytes));
        assertThat(added.content().bytes()).isEqualTo(bytes.length);
        apps().add(upload(other), AppMetadata.none());
        App edited = apps().edit(added.id(), SPEECH.withDescription("").withTags(List.of("one", "two")));
        cloudlet.restart();
        assertThat(apps().list())
                .extracting(app -> app.details().packageName())
                .containsExactly("org.example.other", "org.example.speech");
        assertThat(apps().get(added.id())).isEqualTo(edited);
        assertThat(download(added.id())).isEqualTo(bytes);
        assertThat(apps().icon(added.id())).isPresent();
    }

    private static String digest(String algorithm, byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
    }

    private byte[] download(String id) throws IOException {
        try (Apps.Download download = apps().open(id).orElseThrow()) {
            return Channels.newInputStream(download.file()).readAllBytes();
        }
    }

    @Test
    void onlyANewerVersionOfTheSamePackageReplacesIt() throws IOException {
        App app = apps().add(upload(version7), SPEECH);
        refused(ErrorCode.CONFLICT, () -> apps().replace(app.id(), upload(version7), false));
        refused(ErrorCode.CONFLICT, () -> apps().replace(app.id(), upload(other), true));
        App replaced = apps().replace(app.id(), upload(version8), false);
        assertThat(replaced.details().versionCode()).isEqualTo(8);
        assertThat(replaced.metadata()).isEqualTo(SPEECH);
        assertThat(replaced.fileName()).matches("[A-Za-z0-9._-]+");
        refused(ErrorCode.CONFLICT, () -> apps().replace(app.id(), upload(version7), false));
        assertThat(apps().replace(app.id(), upload(version7), true).details().versionCode())
                .isEqualTo(7);
        assertThat(stored()).isEqualTo(contents());
        assertThat(cloudlet.directory().uploads().resolve("copy")).doesNotExist();
    }

    @Test
    void aPackageIsPublishedOnce() throws IOException {
        apps().add(upload(version7), SPEECH);
        refused(ErrorCode.APP_EXISTS, () -> apps().add(upload(version8), SPEECH));
        assertThat(stored()).isEqualTo(contents());
    }

    @Test
    void aDownloadGoesOnWithWhatItBeganWith() throws IOException {
        App app = apps().add(upload(version7), SPEECH);
        try (Apps.Download download = apps().open(app.id()).orElseThrow()) {
            apps().replace(app.id(), upload(version8), false);
            apps().remove(app.id());
            assertThat(Channels.newInputStream(download.file()).readAllBytes()).isEqualTo(Files.readAllBytes(version7));
        }
        assertThat(apps().open(app.id())).isEmpty();
        assertThat(stored()).isEmpty();
    }

    @Test
    void whatIsNoPackageOrSaidWronglyLeavesNothing() throws IOException {
        Path text = Files.writeString(apks.resolve("text"), "an app");
        refused(ErrorCode.APP_INVALID, () -> apps().add(upload(text), SPEECH));
        refused(ErrorCode.INVALID_VALUE, () -> apps().add(upload(version7), SPEECH.withTags(List.of("a,b"))));
        refused(ErrorCode.APP_UNKNOWN, () -> apps().replace("x", upload(version7), true));
        refused(ErrorCode.APP_UNKNOWN, () -> apps().edit("x", SPEECH));
        refused(ErrorCode.APP_UNKNOWN, () -> apps().remove("x"));
        assertThat(stored()).isEmpty();
        assertThat(cloudlet.directory().uploads().resolve("copy")).doesNotExist();
    }

    @Test
    void aPackageWhoseFileIsGoneOrChangedIsNotHandedOut() throws IOException {
        App app = apps().add(upload(version7), SPEECH);
        Path file = cloudlet.directory().apps().resolve(app.content().sha256() + ".apk");
        Files.write(file, new byte[1]);
        assertThat(apps().open(app.id())).isEmpty();
        Files.delete(file);
        assertThat(apps().open(app.id())).isEmpty();
        assertThat(apps().replace(app.id(), upload(version8), false).content().bytes())
                .isPositive();
        assertThat(apps().open(app.id()).map(AppStoreTest::close)).isPresent();
    }

    private static boolean close(Apps.Download download) {
        try (download) {
            return true;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Before each statement in turn; and a file that was stored, but whose record was not written, is such a point too. */
    @Test
    void killedAtAnyPointRecordsAndFilesAgree() throws IOException {
        cloudlet.close();
        int point = 1;
        boolean killed = true;
        while (killed) {
            try (TestCloudlet crashing = new TestCloudlet(Files.createDirectory(folder.resolve("killed-" + point)))) {
                cloudlet = crashing;
                killed = isKilledAfter(point);
                crashing.die();
                crashing.open();
                assertThat(stored())
                        .as("killed before statement " + (point + 1))
                        .isEqualTo(contents());
                for (App app : apps().list()) {
                    assertThat(download(app.id())).hasSize((int) app.content().bytes());
                }
            }
            point++;
        }
        assertThat(point).as("statements").isGreaterThan(4);
        cloudlet = TestCloudlet.open(folder);
    }

    private boolean isKilledAfter(int statements) throws IOException {
        AtomicInteger left = new AtomicInteger(statements);
        AtomicBoolean dead = new AtomicBoolean();
        try {
            cloudlet.open(cloudlet.world.hypervisor(), statement -> {
                if (dead.get() || (statement.contains(" apps") && left.decrementAndGet() < 0)) {
                    dead.set(true);
                    throw new FakeCrash("killed before " + statement);
                }
            });
            App app = apps().add(upload(version7), SPEECH);
            apps().replace(app.id(), upload(version8), false);
            apps().edit(app.id(), AppMetadata.none());
            App second = apps().add(upload(other), SPEECH);
            apps().remove(second.id());
            return false;
        } catch (FakeCrash crash) {
            return true;
        }
    }

    private Set<String> contents() {
        return apps().list().stream().map(app -> app.content().sha256()).collect(Collectors.toSet());
    }

    private Set<String> stored() throws IOException {
        try (Stream<Path> files = Files.list(cloudlet.directory().apps())) {
            return files.map(file -> file.getFileName().toString().replaceFirst("\\..*", ""))
                    .collect(Collectors.toCollection(HashSet::new));
        }
    }
}
