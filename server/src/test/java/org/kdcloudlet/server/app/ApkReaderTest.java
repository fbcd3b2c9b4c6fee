package org.kdcloudlet.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.fuzzing.Fuzzing;
import org.kdcloudlet.fuzzing.Mutations;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Reads a real Android package, and what somebody with bad intent would make of one. */
class ApkReaderTest {
    @TempDir
    private static Path folder;

    private static Path speech;
    private static List<Entry> entries;

    private record Entry(String name, byte[] bytes) {}

    @BeforeAll
    static void makeAPackage() throws IOException {
        speech = new TestApk(folder).make("org.example.speech", 7, "1.0");
        entries = new ArrayList<>();
        try (ZipFile zip = ZipFile.builder().setPath(speech).get()) {
            for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
                entries.add(new Entry(entry.getName(), zip.getInputStream(entry).readAllBytes()));
            }
        }
    }

    @Test
    void readsARealPackage() throws Exception {
        ApkReader.Found found = ApkReader.read(speech);
        assertThat(found.details()).isEqualTo(new PackageDetails("org.example.speech", "Speech", "1.0", 7, "4.1"));
        assertThat(found.icon().flatMap(ApkReader::pictureType)).hasValue("image/png");
        // Width in the header of a PNG; aapt packs pictures anew, and there is a smaller one of 48.
        assertThat(ByteBuffer.wrap(found.icon().orElseThrow()).getInt(16)).isEqualTo(96);
    }

    @Test
    void thePackageIsReadByAProcessOfItsOwn() {
        ApkReader.Found found = new ApkInspection(AppSettings.defaults()::readDeadline).read(speech, folder);
        assertThat(found.details().packageName()).isEqualTo("org.example.speech");
        assertThat(found.icon()).isPresent();
        assertThat(folder.resolve(speech.getFileName() + ".answer")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../etc/passwd", "/etc/passwd", "res\\..\\x", "a/../b", "nul\0", "line\nfeed"})
    void namesThatLeadElsewhereAreRefused(String name) throws IOException {
        assertRefused(with(new Entry(name, new byte[1])), "a name that leads elsewhere");
    }

    @Test
    void anEntryThatIsThereTwiceIsRefused() throws IOException {
        assertRefused(with(entries.get(0)), "an entry twice");
    }

    @Test
    void tooManyEntriesAreRefused() throws IOException {
        List<Entry> many = new ArrayList<>();
        for (int i = 0; i <= ApkArchive.MAX_ENTRIES; i++) {
            many.add(new Entry("e" + i, new byte[0]));
        }
        assertRefused(with(many.toArray(Entry[]::new)), "more than 65535 entries");
    }

    @ParameterizedTest
    @ValueSource(strings = {"AndroidManifest.xml", "resources.arsc"})
    void aBombIsNotUnpacked(String name) throws IOException {
        Path bomb = zip(Stream.concat(
                        Stream.of(new Entry(name, new byte[40 << 20])),
                        entries.stream().filter(entry -> !entry.name().equals(name)))
                .toList());
        assertThat(Files.size(bomb)).isLessThan(1 << 20);
        assertRefused(bomb, "its " + name + " has more than");
    }

    @Test
    void anEntryThatIsLongerThanItSaysIsRefused() throws IOException {
        Path lying = with();
        byte[] bytes = Files.readAllBytes(lying);
        // The first record of the central directory: APPNOTE.TXT 4.3.12, uncompressed size at 24.
        int record = indexOf(bytes, new byte[] {'P', 'K', 1, 2});
        bytes[record + 24] = 16;
        bytes[record + 25] = 0;
        assertRefused(Files.write(lying, bytes), "");
    }

    @Test
    void whatIsNoPackageIsRefused() throws IOException {
        assertRefused(Files.write(folder.resolve("empty"), new byte[0]), "not a ZIP archive");
        assertRefused(Files.writeString(folder.resolve("text"), "an app"), "not a ZIP archive");
        assertRefused(zip(List.of(new Entry("a", new byte[1]))), "has no AndroidManifest.xml");
        assertRefused(zip(List.of(new Entry("AndroidManifest.xml", "<manifest/>".getBytes()))), "");
    }

    @Test
    void aTruncatedPackageIsRefusedWhereverItEnds() throws IOException {
        byte[] whole = Files.readAllBytes(speech);
        for (int length = 0; length < whole.length; length += 97) {
            assertRefused(Files.write(folder.resolve("cut"), Arrays.copyOf(whole, length)), "");
        }
    }

    @Test
    void aCountOfBillionsEndsTheReadingProcessAndNotTheServer() throws IOException {
        Path hostile = zip(entries.stream()
                .map(entry -> entry.name().equals("resources.arsc") ? withManyStrings(entry) : entry)
                .toList());
        assertThatThrownBy(() -> new ApkInspection(AppSettings.defaults()::readDeadline).read(hostile, folder))
                .hasMessageStartingWith("This is not an Android package that can be published");
    }

    private static Entry withManyStrings(Entry resources) {
        byte[] bytes = resources.bytes().clone();
        // The string pool begins behind the table's header of 12 bytes; its count of strings is at 8 (ResourceTypes.h).
        bytes[20] = (byte) 0xff;
        bytes[21] = (byte) 0xff;
        bytes[22] = (byte) 0xff;
        bytes[23] = 0x07;
        return new Entry(resources.name(), bytes);
    }

    /** Found by fuzzing: the library reads a chunk of this size again and again. */
    @Test
    void aChunkOfSizeZeroEndsTheReadingProcessAndNotTheServer() throws IOException {
        Path hostile = zip(entries.stream()
                .map(entry -> entry.name().equals("resources.arsc") ? withEmptyTypeSpec(entry) : entry)
                .toList());
        assertThatThrownBy(() -> new ApkInspection(() -> Duration.ofSeconds(3)).read(hostile, folder))
                .hasMessageContaining("it could not be read within 3 seconds");
    }

    private static Entry withEmptyTypeSpec(Entry resources) {
        byte[] bytes = resources.bytes().clone();
        // ResTable_typeSpec: type 0x0202, header of 16 bytes, then the chunk's size (ResourceTypes.h).
        int spec = indexOf(bytes, new byte[] {2, 2, 16, 0});
        Arrays.fill(bytes, spec + 4, spec + 8, (byte) 0);
        return new Entry(resources.name(), bytes);
    }

    @Test
    void whateverTheBytesOfAnArchiveAreItIsReadInBoundsOrRefused() throws IOException {
        Mutations archives = Mutations.of(List.of(Files.readAllBytes(speech)))
                .words("PK\u0001\u0002", "PK\u0003\u0004", "../", "\u0000\u0000");
        Fuzzing.of(ApkReaderTest.class, "apk-archive")
                .run(archives, bytes -> {
                    Path mutant = Files.write(folder.resolve("mutant"), bytes);
                    int limit = 1 << 16;
                    try (ApkArchive archive = ApkArchive.open(mutant)) {
                        assertThat(archive.read("AndroidManifest.xml", limit)
                                        .map(read -> read.length)
                                        .orElse(0))
                                .isLessThanOrEqualTo(limit);
                        return true;
                    } catch (ApkException refused) {
                        assertThat(refused.getMessage()).isNotBlank();
                        return false;
                    }
                })
                .requireBoth();
    }

    /** The library that decodes them is in a process of its own; so there are fewer. */
    @Test
    void whateverTheBytesOfManifestAndResourcesAreThereIsAPackageOrARefusal() {
        ApkInspection inspection = new ApkInspection(() -> Duration.ofSeconds(5));
        Fuzzing.of(ApkReaderTest.class, "apk-contents")
                .run(random -> Files.readAllBytes(mutantEntry(random)), bytes -> {
                    Path mutant = Files.write(folder.resolve("mutant"), bytes);
                    try {
                        assertThat(inspection.read(mutant, folder).details().packageName())
                                .isNotEmpty();
                        return true;
                    } catch (CloudletException refused) {
                        assertThat(refused.code()).as(refused.getMessage()).isEqualTo(ErrorCode.APP_INVALID);
                        return false;
                    }
                });
    }

    /** A sound archive whose manifest or resources are changed: the library sees these bytes. */
    private static Path mutantEntry(Random random) throws IOException {
        String name = random.nextBoolean() ? "AndroidManifest.xml" : "resources.arsc";
        return zip(entries.stream()
                .map(entry -> entry.name().equals(name) ? new Entry(name, changed(random, entry.bytes())) : entry)
                .toList());
    }

    private static byte[] changed(Random random, byte[] original) {
        byte[] bytes =
                Arrays.copyOf(original, random.nextInt(8) == 0 ? random.nextInt(original.length + 1) : original.length);
        int changes = 1 + random.nextInt(6);
        for (int i = 0; i < changes && bytes.length > 0; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt();
                case 1 -> bytes[at] = (byte) (bytes[at] ^ 1 << random.nextInt(8));
                case 2 -> bytes[at] = (byte) 0xff;
                default -> bytes[at] = bytes[random.nextInt(bytes.length)];
            }
        }
        return bytes;
    }

    private static int indexOf(byte[] bytes, byte[] wanted) {
        for (int i = 0; i < bytes.length - wanted.length; i++) {
            if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                return i;
            }
        }
        throw new AssertionError("not found");
    }

    private static Path with(Entry... more) throws IOException {
        return zip(Stream.concat(entries.stream(), Stream.of(more)).toList());
    }

    private static Path zip(List<Entry> all) throws IOException {
        Path file = folder.resolve("made");
        try (ZipArchiveOutputStream out = new ZipArchiveOutputStream(file)) {
            for (Entry entry : all) {
                out.putArchiveEntry(new ZipArchiveEntry(entry.name()));
                out.write(entry.bytes());
                out.closeArchiveEntry();
            }
        }
        return file;
    }

    private static void assertRefused(Path file, String why) {
        assertThatThrownBy(() -> ApkReader.read(file))
                .isInstanceOf(ApkException.class)
                .hasMessageContaining(why);
    }
}
