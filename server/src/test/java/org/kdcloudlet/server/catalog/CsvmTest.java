package org.kdcloudlet.server.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kdcloudlet.server.Refusals.refused;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.xml.stream.XMLStreamException;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.fuzzing.Fuzzing;
import org.kdcloudlet.fuzzing.Mutations;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.OsFamily;
import org.kdcloudlet.server.JsonMutations;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Reads packages as spec/csvm.md says, and refuses what somebody with bad intent would make of one. */
class CsvmTest {
    private static final byte[] DISK = "a disk".repeat(1000).getBytes(StandardCharsets.UTF_8);
    private static final byte[] NONE = {};

    @TempDir
    private Path folder;

    private Path disk;
    private long maxDisk = 1 << 20;
    private long spare = 1L << 40;

    @BeforeEach
    void nameTheDisk() {
        disk = folder.resolve("disk");
    }

    private CsvmReader.Found read(byte[] archive) throws IOException {
        Files.deleteIfExists(disk);
        Path file = Files.write(folder.resolve("package"), archive);
        CsvmReader.Limits limits = new CsvmReader.Limits(maxDisk, () -> spare);
        return CsvmReader.read(file, disk, limits, (done, total) -> {}, document -> {});
    }

    private void assertRefused(byte[] archive, String why) {
        assertThat(refused(ErrorCode.PACKAGE_INVALID, () -> read(archive))).hasMessageContaining(why);
    }

    private static byte[] document(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void readsPackagesOfTheReferenceCompressedOrNotWithAStateOrWithout() throws IOException {
        byte[] state = TestPackage.state(TestPackage.DOMAIN, ByteOrder.LITTLE_ENDIAN);
        byte[] tar = TestPackage.whole(TestPackage.DOCUMENT, DISK, state);
        for (byte[] archive : List.of(tar, TestPackage.gzip(tar))) {
            CsvmReader.Found found = read(archive);
            assertThat(Files.readAllBytes(disk)).isEqualTo(DISK);
            assertThat(found.hardware().orElseThrow().machine())
                    .isEqualTo(new MachineSpec(768, 3, OsFamily.WINDOWS, Firmware.BIOS, DeviceSet.LEGACY));
            ServiceDefinition definition = found.document().toBuilder()
                    .cloned(false)
                    .deviceSet(DeviceSet.LEGACY)
                    .build();
            assertThat(definition.serviceId()).isEqualTo("org.example.speech");
            assertThat(definition.description()).isEqualTo("Speech caf\u00e9");
            assertThat(definition.port().port()).isEqualTo(9001);
            assertThat(definition.minMemory()).isEmpty();
            assertThat(definition.idealMemory()).hasValue(512);
        }
        assertThat(read(TestPackage.whole(TestPackage.DOCUMENT, DISK, NONE))
                        .hardware()
                        .orElseThrow())
                .isEqualTo(GuestHardware.ofTheReference());
        byte[] without = new TestPackage()
                .member("service.json", document(TestPackage.DOCUMENT))
                .member("./x.qcow2", DISK)
                .tar();
        assertThat(read(without).hardware()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../x.qcow2", "/x.qcow2", "a/x.qcow2", "a\\x.qcow2", "x\n.qcow2", "..", "a.qcow2/", "x.txt", "x"
            })
    void namesThatLeadElsewhereOrBelongToNothingAreRefused(String name) {
        byte[] archive = new TestPackage()
                .member("service.json", document(TestPackage.DOCUMENT))
                .member(name, TarConstants.LF_NORMAL, name.endsWith("/") ? NONE : DISK)
                .tar();
        assertRefused(archive, "it has a member");
    }

    @ParameterizedTest
    @ValueSource(
            bytes = {
                TarConstants.LF_SYMLINK, TarConstants.LF_LINK, TarConstants.LF_CHR, TarConstants.LF_BLK,
                TarConstants.LF_DIR, TarConstants.LF_FIFO, TarConstants.LF_CONTIG, TarConstants.LF_GNUTYPE_SPARSE
            })
    void linksDevicesAndFoldersAreRefused(byte type) {
        assertRefused(new TestPackage().member("x.qcow2", type, NONE).tar(), "");
    }

    @Test
    void membersThatAreThereTwiceAreRefused() {
        assertRefused(
                new TestPackage()
                        .member("x.qcow2", DISK)
                        .member("x.qcow2", DISK)
                        .tar(),
                "a member twice");
        assertRefused(
                new TestPackage()
                        .member("x.qcow2", DISK)
                        .member("./x.qcow2", DISK)
                        .tar(),
                "a member twice");
        assertRefused(
                new TestPackage()
                        .member("x.qcow2", DISK)
                        .member("y.qcow2", DISK)
                        .tar(),
                "more than one disk");
        assertRefused(
                new TestPackage().member("x.lqs", NONE).member("y.lqs", NONE).tar(), "more than one saved state");
    }

    @Test
    void whatIsMissingIsSaid() {
        assertRefused(NONE, "no service.json");
        assertRefused(document("no archive"), "");
        assertRefused(new TestPackage().member("x.qcow2", DISK).tar(), "no service.json");
        byte[] noDisk = new TestPackage()
                .member("service.json", document(TestPackage.DOCUMENT))
                .tar();
        assertRefused(noDisk, "no disk image");
        assertRefused(
                TestPackage.whole(TestPackage.DOCUMENT.replace("x.qcow2\",", "y.qcow2\","), DISK, NONE),
                "is not there");
        assertRefused(TestPackage.whole("{\"vm_image\": 7}", DISK, NONE), "does not name a disk image");
        assertRefused(TestPackage.whole("[]", DISK, NONE), "not one JSON object");
        assertRefused(TestPackage.whole("{\"a\": 1, \"a\": 2}", DISK, NONE), "not JSON");
        assertRefused(TestPackage.whole("[".repeat(100_000), DISK, NONE), "not JSON");
    }

    @Test
    void aBombIsNotUnpacked() throws IOException {
        maxDisk = 10_000;
        byte[] bomb = TestPackage.gzip(TestPackage.whole(TestPackage.DOCUMENT, new byte[20_000_000], NONE));
        assertRefused(bomb, "has more than 10000 bytes");
        assertThat(disk).doesNotExist();
        assertRefused(
                TestPackage.gzip(TestPackage.whole(TestPackage.DOCUMENT, DISK, new byte[20_000_000])), "saved state");
        assertRefused(TestPackage.gzip(TestPackage.whole(" ".repeat(20_000_000), DISK, NONE)), "service.json has more");
        spare = 100;
        assertThat(refused(ErrorCode.STORAGE_FULL, () -> read(TestPackage.whole(TestPackage.DOCUMENT, DISK, NONE))))
                .hasMessageContaining("6000 bytes");
        assertThat(disk).doesNotExist();
    }

    @Test
    void headersThatFillTheMemoryAreRefused() {
        byte[] longName = new TestPackage()
                .member("././@LongLink", TarConstants.LF_GNUTYPE_LONGNAME, new byte[20_000_000])
                .tar();
        assertRefused(TestPackage.gzip(longName), "damaged");
        byte[] extended = new TestPackage()
                .member(
                        "pax",
                        TarConstants.LF_PAX_EXTENDED_HEADER_LC,
                        document("9999999 a=" + "x".repeat(9_999_988) + "\n"))
                .tar();
        assertRefused(TestPackage.gzip(extended), "damaged");
        assertRefused(
                TestPackage.gzip(
                        concatenated(TestPackage.whole(TestPackage.DOCUMENT, DISK, NONE), new byte[20_000_000])),
                "something follows");
    }

    private static byte[] concatenated(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    @Test
    void anArchiveThatIsCutIsRefusedWhereverItEnds() throws IOException {
        byte[] tar = TestPackage.whole(
                TestPackage.DOCUMENT, DISK, TestPackage.state(TestPackage.DOMAIN, ByteOrder.LITTLE_ENDIAN));
        // Only the zeros that mark the end may be missing.
        int content = tar.length;
        while (tar[content - 1] == 0) {
            content--;
        }
        for (int length = 0; length < content; length += 512) {
            byte[] cut = Arrays.copyOf(tar, length);
            refused(ErrorCode.PACKAGE_INVALID, () -> read(cut));
        }
        byte[] packed = TestPackage.gzip(tar);
        for (int length = 0; length < packed.length; length++) {
            byte[] cut = Arrays.copyOf(packed, length);
            refused(ErrorCode.PACKAGE_INVALID, () -> read(cut));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"port\": \"9001\"=\"port\": \"0\"",
                "\"port\": \"9001\"=\"port\": 70000",
                "\"port\": \"9001\"=\"port\": [9001]",
                "\"port\": \"9001\"=\"port\": null",
                "\"tags\": [\"a\"]=\"tags\": \"a\"",
                "\"tags\": [\"a\"]=\"tags\": [7]",
                "\"tags\": [\"a\"]=\"tags\": [\"a,b\"]",
                "\"version\": \"1\"=\"version\": {}",
                "\"num_users\": 0=\"num_users\": -1",
                "\"num_users\": 0=\"num_users\": 1.5",
                "\"num_users\": 0=\"num_users\": true",
                "\"min_memory\": \"\"=\"min_memory\": \"much\"",
                "\"service_id\": \"org.example.speech\"=\"service_id\": \"../x\"",
                "\"service_id\": \"org.example.speech\"=\"service_id\": 7.5e300"
            })
    void wrongValuesOfTheDocumentAreReported(String change) throws IOException {
        String[] fromTo = change.split("=");
        CsvmDocument document = read(TestPackage.whole(TestPackage.DOCUMENT.replace(fromTo[0], fromTo[1]), DISK, NONE))
                .document();
        refused(ErrorCode.INVALID_VALUE, () -> document.toBuilder().build());
    }

    @Test
    void numbersMayBeTextsAndTextsMayBeNumbers() throws IOException {
        String json = TestPackage.DOCUMENT
                .replace("\"9001\"", "9001")
                .replace("\"version\": \"1\"", "\"version\": 1.5")
                .replace("\"num_users\": 0", "\"num_users\": \"3\"")
                .replace("\"description\"", "\"unknown\"");
        ServiceDefinition definition =
                read(TestPackage.whole(json, DISK, NONE)).document().toBuilder().build();
        assertThat(definition.version()).isEqualTo("1.5");
        assertThat(definition.numUsers()).isEqualTo(3);
        assertThat(definition.description()).isEmpty();
    }

    @Test
    void theSavedStateSaysWhatTheGuestHad() throws IOException {
        assertThat(hardware(TestPackage.DOMAIN, ByteOrder.BIG_ENDIAN).machine().memoryMib())
                .isEqualTo(768);
        String virtio = TestPackage.DOMAIN
                .replace("bus='ide'", "bus='virtio'")
                .replace("rtl8139", "virtio")
                .replace(" unit='MiB'>768", ">1048576")
                .replace("<os>", "<os><loader type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader>");
        assertThat(hardware(virtio, ByteOrder.LITTLE_ENDIAN))
                .isEqualTo(new GuestHardware(
                        new MachineSpec(1024, 3, OsFamily.LINUX, Firmware.UEFI, DeviceSet.VIRTIO), List.of()));
        GuestHardware odd = hardware(
                TestPackage.DOMAIN
                        .replace("<vcpu>3", "<vcpu>lots")
                        .replace("'MiB'>768", "'YiB'>768")
                        .replace("bus='ide'", "bus='scsi'"),
                ByteOrder.LITTLE_ENDIAN);
        assertThat(odd.machine().cpus()).isEqualTo(2);
        assertThat(odd.machine().memoryMib()).isEqualTo(1024);
        assertThat(odd.notes()).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no xml",
                "<other/>",
                "<domain>",
                "<!DOCTYPE domain [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><domain><memory>&x;</memory></domain>",
                "<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]><domain><vcpu>&b;</vcpu></domain>"
            })
    void aDescriptionThatIsNoneIsTheReferencesHardware(String xml) throws IOException {
        GuestHardware hardware = hardware(xml, ByteOrder.LITTLE_ENDIAN);
        assertThat(hardware.machine()).isEqualTo(GuestHardware.ofTheReference().machine());
        assertThat(hardware.notes()).hasSize(1);
    }

    private static GuestHardware hardware(String xml, ByteOrder order) throws IOException {
        return SavedStateHeader.read(new ByteArrayInputStream(TestPackage.state(xml, order)));
    }

    @Test
    void whateverTheBytesAreThereIsAPackageOrARefusal() {
        byte[] state = TestPackage.state(TestPackage.DOMAIN, ByteOrder.LITTLE_ENDIAN);
        byte[] tar = TestPackage.whole(TestPackage.DOCUMENT, Arrays.copyOf(DISK, 700), state);
        byte[] links = new TestPackage()
                .member("x".repeat(120) + ".qcow2", DISK)
                .member("../x", TarConstants.LF_SYMLINK, NONE)
                .tar();
        Mutations tars =
                Mutations.of(List.of(tar, links)).words("../", "/", "service.json", "12 path=../x\n", ".qcow2");
        Fuzzing.Generator archives = random -> {
            byte[] archive = withChecksums(tars.next(random), random);
            return random.nextInt(4) == 0 ? TestPackage.gzip(archive) : archive;
        };
        Fuzzing.of(CsvmTest.class, "csvm-archive")
                .run(
                        archives,
                        archive -> accepted(() -> {
                            CsvmReader.Found found = read(archive);
                            found.document().toBuilder().build();
                        }))
                .requireBoth();
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).allMatch(file -> file.equals(disk) || file.endsWith("package"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is read, or else refused as it should be. */
    private static boolean accepted(ThrowingCallable reading) throws Exception {
        try {
            reading.call();
            return true;
        } catch (CloudletException refused) {
            assertThat(refused.code())
                    .as(refused.getMessage())
                    .isIn(ErrorCode.PACKAGE_INVALID, ErrorCode.INVALID_VALUE);
            return false;
        } catch (Throwable other) {
            throw new IllegalStateException(other);
        }
    }

    @Test
    void whateverServiceJsonSaysThereIsADefinitionOrARefusal() {
        JsonMutations documents = new JsonMutations(
                TestPackage.DOCUMENT,
                "service_id",
                "port",
                "tags",
                "num_users",
                "min_memory",
                "vm_image",
                "disk_image");
        Fuzzing.of(CsvmTest.class, "csvm-document")
                .run(
                        documents,
                        bytes -> accepted(() -> {
                            CsvmDocument document = CsvmDocument.parse(bytes);
                            document.diskImage();
                            document.port().ifPresent(port -> assertThat(port).isBetween(1, 65_535));
                            ServiceDefinition definition = document.toBuilder().build();
                            Path folder = Path.of("/folder");
                            assertThat(folder.resolve(definition.serviceId())
                                            .normalize()
                                            .getParent())
                                    .as("the folder that a file of this name is in")
                                    .isEqualTo(folder);
                        }))
                .requireBoth();
    }

    @Test
    void whateverTheDescriptionOfAGuestSaysItGetsAMachine() {
        Mutations domains = Mutations.of(TestPackage.DOMAIN)
                .words(
                        "<!DOCTYPE a [<!ENTITY b 'c'>]>",
                        "&b;",
                        "<a>",
                        "</domain>",
                        "<vcpu>",
                        "'",
                        "999999999999999",
                        "KiB",
                        "<![CDATA[",
                        "]]>",
                        "<?xml version='1.1' encoding='UTF-32'?>",
                        "&#0;",
                        "xmlns:a='b'",
                        "a:");
        Fuzzing.of(CsvmTest.class, "domain-xml")
                .run(domains, bytes -> {
                    try {
                        assertUsable(DomainXml.read(bytes));
                        return true;
                    } catch (XMLStreamException refused) {
                        return false;
                    }
                })
                .requireBoth();
    }

    @Test
    void whateverTheBytesOfASavedStateAreItsGuestGetsAMachine() {
        Mutations states = Mutations.of(List.of(
                        TestPackage.state(TestPackage.DOMAIN, ByteOrder.LITTLE_ENDIAN),
                        TestPackage.state(TestPackage.DOMAIN, ByteOrder.BIG_ENDIAN)))
                .words("LibvirtQemudSave", "LibvirtQemudPart");
        Fuzzing.of(CsvmTest.class, "saved-state")
                .run(states, bytes -> {
                    GuestHardware hardware = SavedStateHeader.read(new ByteArrayInputStream(bytes));
                    assertUsable(hardware);
                    return hardware.notes().isEmpty();
                })
                .requireBoth();
    }

    @Test
    void whatIsWrongWithADescriptionIsNotPrinted() {
        PrintStream before = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setErr(new PrintStream(printed, true));
        try {
            assertThatThrownBy(() -> DomainXml.read(new byte[] {'<', 'a', '>', (byte) 0xff}))
                    .isInstanceOf(XMLStreamException.class);
        } finally {
            System.setErr(before);
        }
        assertThat(printed.toString()).isEmpty();
    }

    private static void assertUsable(GuestHardware hardware) {
        assertThat(hardware.machine().memoryMib()).isBetween(16, 1_048_576);
        assertThat(hardware.machine().cpus()).isBetween(1, 64);
    }

    /** Mends the sum of most headers, since a wrong one hides what comes behind it (pax, ustar: bytes 148 to 155). */
    private static byte[] withChecksums(byte[] tar, Random random) {
        for (int header = 0; header + 512 <= tar.length; header += 512) {
            boolean isHeader = tar[header + 257] == 'u' && tar[header + 258] == 's' && random.nextInt(10) > 0;
            if (isHeader) {
                Arrays.fill(tar, header + 148, header + 156, (byte) ' ');
                int sum = 0;
                for (int i = 0; i < 512; i++) {
                    sum += tar[header + i] & 0xff;
                }
                byte[] digits = String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
                System.arraycopy(digits, 0, tar, header + 148, 8);
            }
        }
        return tar;
    }
}
