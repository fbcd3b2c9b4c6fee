package org.kdcloudlet.server.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.Refusals.refused;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.OsFamily;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationState;

/** Packages in and out, on a fake hypervisor. */
class PackagesTest {
    private static final byte[] DISK = "the disk of a package".getBytes(StandardCharsets.UTF_8);
    private static final String ID = "org.example.speech";

    @TempDir
    private Path folder;

    private TestCloudlet cloudlet;

    @BeforeEach
    void open() {
        cloudlet = TestCloudlet.open(folder);
    }

    @AfterEach
    void close() {
        cloudlet.close();
    }

    private Packages packages() {
        return cloudlet.domain().packages();
    }

    private Operation importNow(byte[] archive) throws IOException {
        return ended(begin(archive));
    }

    private Operation begin(byte[] archive) throws IOException {
        Path upload = Files.write(cloudlet.directory().uploads().resolve("upload"), archive);
        return packages().importPackage(InputFile.removed(upload), Optional.empty(), "upload");
    }

    private Operation ended(Operation operation) {
        return cloudlet.domain().operations().await(operation.id(), TestCloudlet.PATIENCE);
    }

    private static byte[] ofTheReference() {
        return TestPackage.gzip(TestPackage.whole(TestPackage.DOCUMENT, DISK, new byte[0]));
    }

    private Service imported() {
        return cloudlet.domain().catalog().get(ID);
    }

    private void assertNothingIsLeft() {
        await().atMost(TestCloudlet.PATIENCE).untilAsserted(() -> {
            assertThat(cloudlet.domain().catalog().list()).isEmpty();
            assertThat(files(cloudlet.directory().images())).isEmpty();
            assertThat(files(cloudlet.directory().uploads())).isEmpty();
            assertThat(cloudlet.machines()).isEmpty();
        });
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void aPackageOfTheReferenceBecomesAServiceOnItsHardware() throws IOException {
        Operation operation = importNow(ofTheReference());
        assertThat(operation.state()).as("%s", operation).isEqualTo(OperationState.SUCCEEDED);
        assertThat(operation.result()).hasValue(ID);
        ServiceDefinition definition = imported().definition();
        assertThat(definition.machine())
                .isEqualTo(GuestHardware.ofTheReference().machine());
        assertThat(definition.cloned()).isFalse();
        assertThat(cloudlet.domain().images().attention(imported())).isEmpty();
        assertThat(files(cloudlet.directory().uploads())).isEmpty();
        assertThat(cloudlet.machines()).isEmpty();
        cloudlet.start(ID);
    }

    @Test
    void whatItsSavedStateSaysIsUsed() throws IOException {
        byte[] state = TestPackage.state(
                TestPackage.DOMAIN.replace("bus='ide'", "bus='virtio'").replace("rtl8139", "virtio"),
                ByteOrder.LITTLE_ENDIAN);
        importNow(TestPackage.whole(TestPackage.DOCUMENT, DISK, state));
        assertThat(imported().definition().machine().deviceSet()).isEqualTo(DeviceSet.VIRTIO);
        assertThat(imported().definition().machine().memoryMib()).isEqualTo(768);
        assertThat(imported().definition().cloned()).isTrue();
        assertThat(cloudlet.domain().images().versions(ID).get(0).template()).isEqualTo(TemplateState.READY);
    }

    @Test
    void aGuestWithoutAnAgentIsBootedEachTime() throws IOException {
        byte[] state =
                TestPackage.state(TestPackage.DOMAIN.replace("bus='ide'", "bus='virtio'"), ByteOrder.LITTLE_ENDIAN);
        cloudlet.world.failNext(FakeCall.FREEZE, HypervisorError.AGENT_MISSING);
        Operation operation = importNow(TestPackage.whole(TestPackage.DOCUMENT, DISK, state));
        assertThat(operation.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(operation.log()).anyMatch(line -> line.contains("has no agent"));
        assertThat(imported().definition().cloned()).isFalse();
        assertThat(cloudlet.domain().images().attention(imported())).isEmpty();
    }

    @Test
    void aServiceThatDoesNotComeUpIsKeptAndNeedsAttention() throws IOException {
        cloudlet.world.failNext(FakeCall.AWAIT_READY, HypervisorError.NOT_READY);
        Operation operation = importNow(ofTheReference());
        assertThat(operation.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(operation.log()).anyMatch(line -> line.startsWith("Needs attention") && line.contains("console"));
        assertThat(cloudlet.domain().images().attention(imported()).orElseThrow())
                .contains("Open the console, start the service, save");
        assertThat(imported().imageVersion()).hasValue(1);
        assertThat(cloudlet.machines()).isEmpty();
        cloudlet.restart();
        assertThat(cloudlet.domain().images().attention(imported())).isPresent();
        ended(cloudlet.domain().images().prepare(ID, 1));
        assertThat(cloudlet.domain().images().attention(imported())).isEmpty();
    }

    @Test
    void aServiceThatIsThereAlreadyIsNotTouched() throws IOException {
        Service before = cloudlet.serve(service(ID));
        Operation operation = importNow(ofTheReference());
        assertThat(operation.error().orElseThrow().code()).isEqualTo(ErrorCode.SERVICE_EXISTS);
        assertThat(imported()).isEqualTo(before);
        assertThat(files(cloudlet.directory().uploads())).isEmpty();
    }

    @Test
    void whatCannotBeImportedLeavesNothing() throws IOException {
        assertThat(importNow(TestPackage.whole("{}", DISK, new byte[0]))
                        .error()
                        .orElseThrow()
                        .code())
                .isEqualTo(ErrorCode.PACKAGE_INVALID);
        assertNothingIsLeft();
        String wrong = TestPackage.DOCUMENT.replace("9001", "no port");
        Operation operation = importNow(TestPackage.whole(wrong, DISK, new byte[0]));
        assertThat(operation.error().orElseThrow().code()).isEqualTo(ErrorCode.PACKAGE_INVALID);
        assertThat(operation.error().orElseThrow().message()).contains("port");
        assertNothingIsLeft();
        byte[] bad = "BAD disk".getBytes(StandardCharsets.UTF_8);
        assertThat(importNow(TestPackage.whole(TestPackage.DOCUMENT, bad, new byte[0]))
                        .error()
                        .orElseThrow()
                        .code())
                .isEqualTo(ErrorCode.IMAGE_INVALID);
        assertNothingIsLeft();
    }

    @Test
    void aCancelledImportLeavesNothing() throws IOException {
        for (FakeCall step : List.of(FakeCall.IMPORT, FakeCall.BOOT, FakeCall.AWAIT_READY)) {
            CountDownLatch gate = cloudlet.world.hold(step);
            int before = cloudlet.world.calls(step);
            Operation operation = begin(ofTheReference());
            await().atMost(TestCloudlet.PATIENCE).until(() -> cloudlet.world.calls(step) > before);
            cloudlet.domain().operations().cancel(operation.id());
            gate.countDown();
            assertThat(ended(operation).state()).as("%s", step).isEqualTo(OperationState.CANCELLED);
            assertNothingIsLeft();
        }
    }

    @Test
    void whatWasExportedIsImportedAsTheSameService() throws IOException {
        ServiceDefinition definition = service("org.example.mine")
                .description("Mine")
                .version("2")
                .tags(List.of("one", "two"))
                .port(Protocol.TCP, 9100)
                .numUsers(4)
                .minMemory(Optional.of(64))
                .memoryMib(300)
                .cpus(2)
                .osFamily(OsFamily.OTHER)
                .httpProbe(9100, "/ok", List.of(200, 204))
                .readyDeadline(Duration.ofSeconds(77))
                .poolSize(1)
                .build();
        cloudlet.domain().catalog().add(definition);
        cloudlet.importImage("org.example.mine", "the disk that is exported");
        String digest =
                cloudlet.domain().images().versions("org.example.mine").get(0).sha256();
        for (boolean compressed : List.of(true, false)) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (Packages.Export export = packages().export("org.example.mine", compressed)) {
                assertThat(export.fileName()).isEqualTo("org.example.mine-1.csvm");
                // What is open stays readable, whatever becomes of the service.
                cloudlet.domain().catalog().delete("org.example.mine", true);
                export.writeTo(out);
            }
            assertThat(importNow(out.toByteArray()).state()).isEqualTo(OperationState.SUCCEEDED);
            Service back = cloudlet.domain().catalog().get("org.example.mine");
            assertThat(back.definition()).isEqualTo(definition);
            assertThat(cloudlet.domain()
                            .images()
                            .versions("org.example.mine")
                            .get(0)
                            .sha256())
                    .isEqualTo(digest);
        }
    }

    @Test
    void aRawImageIsExportedAsQcow2() throws IOException {
        cloudlet.domain().catalog().add(service(ID).build());
        ended(cloudlet.domain()
                .images()
                .importImage(
                        ID,
                        new Images.ImageSource(InputFile.removed(cloudlet.file("raw")), Optional.of(DiskFormat.RAW))));
        try (Packages.Export export = packages().export(ID, true)) {
            assertThat(files(cloudlet.directory().uploads())).isEmpty();
            export.writeTo(new ByteArrayOutputStream());
        }
    }

    @Test
    void packagesAreExportedToAndImportedFromAFolder() throws IOException {
        cloudlet.serve(service(ID));
        Operation operation = ended(packages().exportToFolder(ID, true, false));
        assertThat(operation.state()).as("%s", operation).isEqualTo(OperationState.SUCCEEDED);
        assertThat(operation.result()).hasValue(ID + "-1.csvm");
        refused(ErrorCode.CONFLICT, () -> packages().exportToFolder(ID, true, false));
        Files.createSymbolicLink(folder.resolve("link.csvm"), Path.of("/etc/passwd"));
        Files.createDirectory(folder.resolve("folder.csvm"));
        assertThat(packages().candidates()).extracting(Packages.Candidate::name).containsExactly(ID + "-1.csvm");
        for (String name : List.of("link.csvm", "folder.csvm", "../x", "/etc/passwd", "", ".", "..", "none", "a\0b")) {
            refused(ErrorCode.PACKAGE_INVALID, () -> packages().importFromFolder(name));
        }
        cloudlet.domain().catalog().delete(ID, true);
        assertThat(ended(packages().importFromFolder(ID + "-1.csvm")).state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(folder.resolve(ID + "-1.csvm")).exists();
    }

    @Test
    void anExportThatACrashCutOffIsRemoved() throws IOException {
        Path part = Files.writeString(folder.resolve(".x-1.csvm.part"), "half");
        Path other = Files.writeString(folder.resolve(".x.part"), "of somebody else");
        cloudlet.restart();
        assertThat(part).doesNotExist();
        assertThat(other).exists();
    }

    @Test
    void onlyWhatHasAnImageIsExported() {
        refused(ErrorCode.SERVICE_UNKNOWN, () -> packages().export("x", true));
        cloudlet.domain().catalog().add(service("x").build());
        refused(ErrorCode.SERVICE_WITHOUT_IMAGE, () -> packages().export("x", true));
        refused(ErrorCode.SERVICE_WITHOUT_IMAGE, () -> packages().exportToFolder("x", true, false));
    }
}
