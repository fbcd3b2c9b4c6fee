package org.kdcloudlet.server.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.Refusals.refused;
import static org.kdcloudlet.server.TestCloudlet.PATIENCE;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationState;

/** Templates that are exported beside their packages and come back, on a fake hypervisor; and those that must not. */
class CarriedTemplatesTest {
    private static final String ID = "org.example.speech";

    @TempDir
    private Path folder;

    private TestCloudlet cloudlet;
    private Path csvm;
    private Path template;

    @BeforeEach
    void open() {
        cloudlet = TestCloudlet.open(folder);
        csvm = folder.resolve(ID + "-1.csvm");
        template = folder.resolve(ID + "-1.template");
    }

    @AfterEach
    void close() {
        cloudlet.close();
    }

    private Packages packages() {
        return cloudlet.domain().packages();
    }

    private Operation ended(Operation operation) {
        return cloudlet.domain().operations().await(operation.id(), PATIENCE);
    }

    private ImageVersion version(String id) {
        return cloudlet.domain().images().versions(id).get(0);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    /** Exports a service with its template, and removes it here. */
    private TemplateKey carryAway(String id) {
        cloudlet.serve(service(id));
        TemplateKey key = version(id).templateKey().orElseThrow();
        Operation operation = ended(packages().exportToFolder(id, true, true));
        assertThat(operation.state()).as("%s", operation).isEqualTo(OperationState.SUCCEEDED);
        remove(id);
        return key;
    }

    private void remove(String id) {
        cloudlet.domain().catalog().delete(id, true);
        await().atMost(PATIENCE).until(() -> cloudlet.world.templateKeys().isEmpty());
    }

    private Operation importBack() {
        return ended(packages().importFromFolder(csvm.getFileName().toString()));
    }

    private ExportKeys keys() {
        return new ExportKeys(cloudlet.directory().templateKeys());
    }

    private void assertUsed(Operation operation, int bootsBefore) throws IOException {
        assertThat(operation.state()).as("%s", operation).isEqualTo(OperationState.SUCCEEDED);
        assertThat(operation.log()).anyMatch(line -> line.contains("came with it and is used"));
        assertThat(cloudlet.world.calls(FakeCall.BOOT)).isEqualTo(bootsBefore);
        assertSettled();
    }

    /** It was booted and frozen as any other, and nothing of the template went to the hypervisor. */
    private void assertNotUsed(String name, String why) throws IOException {
        int boots = cloudlet.world.calls(FakeCall.BOOT);
        int taken = cloudlet.world.calls(FakeCall.TAKE_TEMPLATE);
        Operation operation = importBack();
        assertThat(operation.state()).as("%s: %s", name, operation).isEqualTo(OperationState.SUCCEEDED);
        assertThat(operation.log())
                .as(name)
                .anySatisfy(line -> assertThat(line).contains("is not used").contains(why));
        assertThat(cloudlet.world.calls(FakeCall.TAKE_TEMPLATE)).as(name).isEqualTo(taken);
        assertThat(cloudlet.world.calls(FakeCall.BOOT)).as(name).isEqualTo(boots + 1);
        assertSettled();
        remove(ID);
    }

    private void assertSettled() throws IOException {
        assertThat(version(ID).template()).isEqualTo(TemplateState.READY);
        assertThat(files(cloudlet.directory().uploads())).isEmpty();
        assertThat(cloudlet.world.templateKeys()).hasSize(1);
    }

    @Test
    void aTemplateBesideItsPackageSparesTheBoot() throws IOException {
        TemplateKey key = carryAway(ID);
        assertThat(Files.getPosixFilePermissions(template)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(packages().candidates())
                .containsExactly(new Packages.Candidate(csvm.getFileName().toString(), Files.size(csvm), true));
        int boots = cloudlet.world.calls(FakeCall.BOOT);
        assertUsed(importBack(), boots);
        assertThat(version(ID).templateKey()).contains(key);
        cloudlet.start(ID);
        assertThat(cloudlet.world.calls(FakeCall.BOOT))
                .as("its first instance is a clone")
                .isEqualTo(boots);
        assertThat(List.of(csvm, template)).allSatisfy(file -> assertThat(file).isNotEmptyFile());
    }

    @Test
    void oneThatIsUploadedWithItsPackageIsUsedAndRemoved() throws IOException {
        carryAway(ID);
        int boots = cloudlet.world.calls(FakeCall.BOOT);
        Path first = Files.move(csvm, cloudlet.directory().uploads().resolve("first"));
        Path second = Files.move(template, cloudlet.directory().uploads().resolve("second"));
        assertUsed(
                ended(packages()
                        .importPackage(InputFile.removed(first), Optional.of(InputFile.removed(second)), "upload")),
                boots);
    }

    @Test
    void whatIsStreamedIsTheSame() throws IOException {
        cloudlet.serve(service(ID));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Packages.Export export = packages().exportTemplate(ID)) {
            assertThat(export.fileName()).isEqualTo(template.getFileName().toString());
            // What is open stays readable, whatever becomes of the service.
            ended(packages().exportToFolder(ID, true, false));
            remove(ID);
            export.writeTo(out);
        }
        Files.write(template, out.toByteArray());
        assertUsed(importBack(), cloudlet.world.calls(FakeCall.BOOT));
    }

    @Test
    void whatWasChangedCutOffOrPutTogetherIsNotUsed() throws IOException {
        carryAway(ID);
        byte[] whole = Files.readAllBytes(template);
        TestTemplate parts = TestTemplate.of(template);
        byte[] state = parts.member("state");
        byte[] other = "devices of somebody else".getBytes(StandardCharsets.UTF_8);

        for (int length : new int[] {0, 1, 10, whole.length / 2, whole.length - 1}) {
            Files.write(template, Arrays.copyOf(whole, length));
            assertNotUsed("cut off at " + length, "");
        }
        Files.write(template, other);
        assertNotUsed("something else", "it is damaged");
        Files.write(template, parts.with("state", other).packed());
        assertNotUsed("another state of the same name", "other files than its manifest names");
        Files.write(
                template,
                parts.with("state", Arrays.copyOf(other, state.length)).packed());
        assertNotUsed("another state of the same length", "its file state is not what its manifest says");
        Files.write(template, parts.with("more", other).packed());
        assertNotUsed("one file more", "other files than its manifest names");
        Files.write(template, parts.without("mem").packed());
        assertNotUsed("one file less", "other files than its manifest names");
        Files.write(template, parts.without(TemplateManifest.SEAL).packed());
        assertNotUsed("no seal", "does not begin with a manifest");
        String manifest = parts.manifest().replace("a fake template", "another template");
        Files.write(
                template,
                parts.with(TemplateManifest.NAME, manifest.getBytes(StandardCharsets.UTF_8))
                        .packed());
        assertNotUsed("a changed manifest", "neither this cloudlet has made it");
        Files.write(
                template,
                TestTemplate.packed(new TestPackage().member("../mem", other).tar()));
        assertNotUsed("a name that leads elsewhere", "it has a member whose name leads elsewhere");
        Files.write(
                template,
                TestTemplate.packed(new TestPackage()
                        .member(TemplateManifest.NAME, TarConstants.LF_SYMLINK, new byte[0])
                        .tar()));
        assertNotUsed("a link", "it has a member that is not an ordinary file");
    }

    @Test
    void whatIsSealedButIsNotATemplateOfThisImageHereIsNotUsed() throws IOException {
        TemplateKey key = carryAway(ID);
        TestTemplate parts = TestTemplate.of(template);
        byte[] whole = Files.readAllBytes(template);
        String image = "0".repeat(64);
        Files.write(
                template,
                parts.with(parts.manifestOf(key.value(), image), keys()).packed());
        assertNotUsed("another image by its manifest", "it is of another disk image");
        Files.write(template, parts.with("{}", keys()).packed());
        assertNotUsed("no manifest", "its manifest is none of a template");
        Files.write(
                template,
                parts.with(parts.manifest().replace("\"mem\"", "\"../mem\""), keys())
                        .packed());
        assertNotUsed("a name that leads elsewhere", "names what no template has");
        Files.write(
                template,
                parts.with(parts.manifest().replaceFirst("\"bytes\" : [0-9]+", "\"bytes\" : 9"), keys())
                        .packed());
        assertNotUsed("another length", "other files than its manifest names");

        carryAwayOther();
        assertNotUsed("another service's template", "it is of another disk image");

        Files.write(template, whole);
        cloudlet.world.upgrade("2.0");
        assertNotUsed("another version of the program", "it was made on Fake 1.0 (TCG), and here is Fake 2.0 (TCG)");
    }

    /** Puts another service's template beside the package. */
    private void carryAwayOther() throws IOException {
        carryAway("org.example.other");
        Files.move(folder.resolve("org.example.other-1.template"), template, StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void itsFilesHaveToFitOnTheDisk() throws IOException {
        carryAway(ID);
        CatalogSettings defaults = CatalogSettings.defaults();
        cloudlet.host.diskFree(defaults.diskReserveBytes() + 600_000);
        assertNotUsed("a full disk", "the disk has no room for it");
    }

    @Test
    void anotherCloudletsTemplateIsUsedOnlyOnceItsKeyWasGiven() throws IOException {
        carryAway(ID);
        Path own = cloudlet.directory().templateKeys().resolve(ExportKeys.OWN);
        assertThat(Files.getPosixFilePermissions(own)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        String key = Files.readString(own);
        Path given = own.resolveSibling("ridge.key");
        Files.delete(own);
        assertNotUsed("no key", "neither this cloudlet has made it nor one whose key is here");

        Files.writeString(given, key);
        Files.setPosixFilePermissions(given, PosixFilePermissions.fromString("rw-r-----"));
        assertNotUsed("a key that others may read", "neither this cloudlet has made it");
        Files.writeString(given, key.substring(1));
        Files.setPosixFilePermissions(given, PosixFilePermissions.fromString("rw-------"));
        assertNotUsed("half a key", "neither this cloudlet has made it");

        Files.writeString(given, key);
        assertUsed(importBack(), cloudlet.world.calls(FakeCall.BOOT));
    }

    @Test
    void theKeyIsMadeOnceAndOneThatIsBrokenIsTold() throws IOException {
        Path own = cloudlet.directory().templateKeys().resolve(ExportKeys.OWN);
        assertThat(own).doesNotExist();
        cloudlet.serve(service(ID));
        packages().exportTemplate(ID).close();
        String key = Files.readString(own);
        cloudlet.restart();
        packages().exportTemplate(ID).close();
        assertThat(own).hasContent(key);
        Files.writeString(own, "no key");
        assertThat(refused(ErrorCode.STORAGE_UNUSABLE, () -> packages().exportTemplate(ID)))
                .hasMessageContaining("remove it to have another one made");
        assertThat(files(own.getParent())).containsExactly(own);
    }

    @Test
    void oneWhoseClonesDoNotComeUpIsNotKept() throws IOException {
        carryAway(ID);
        for (FakeCall step : List.of(FakeCall.TAKE_TEMPLATE, FakeCall.CLONE, FakeCall.AWAIT_READY)) {
            cloudlet.world.failNext(step, HypervisorError.NOT_READY);
            int boots = cloudlet.world.calls(FakeCall.BOOT);
            Operation operation = importBack();
            assertThat(operation.state()).as("%s", operation).isEqualTo(OperationState.SUCCEEDED);
            assertThat(operation.log()).anyMatch(line -> line.contains("is not used: The test made " + step));
            assertThat(cloudlet.world.calls(FakeCall.BOOT)).isEqualTo(boots + 1);
            assertSettled();
            remove(ID);
        }
    }

    @Test
    void aCancelledImportLeavesNothing() {
        carryAway(ID);
        for (FakeCall step : List.of(FakeCall.TAKE_TEMPLATE, FakeCall.CLONE, FakeCall.AWAIT_READY)) {
            CountDownLatch gate = cloudlet.world.hold(step);
            int before = cloudlet.world.calls(step);
            Operation operation = packages().importFromFolder(csvm.getFileName().toString());
            await().atMost(PATIENCE).until(() -> cloudlet.world.calls(step) > before);
            cloudlet.domain().operations().cancel(operation.id());
            gate.countDown();
            assertThat(ended(operation).state()).as("%s", step).isEqualTo(OperationState.CANCELLED);
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(cloudlet.domain().catalog().list()).isEmpty();
                assertThat(files(cloudlet.directory().images())).isEmpty();
                assertThat(files(cloudlet.directory().uploads())).isEmpty();
                assertThat(cloudlet.machines()).isEmpty();
                assertThat(cloudlet.world.templateKeys()).isEmpty();
            });
        }
    }

    @Test
    void aServiceThatIsBootedTakesNone() throws IOException {
        carryAway(ID);
        Files.write(
                csvm, TestPackage.whole(TestPackage.DOCUMENT, "a disk".getBytes(StandardCharsets.UTF_8), new byte[0]));
        Operation operation = importBack();
        assertThat(operation.state()).as("%s", operation).isEqualTo(OperationState.SUCCEEDED);
        assertThat(operation.log()).anyMatch(line -> line.contains("instances of this service are booted, not cloned"));
        assertThat(cloudlet.world.calls(FakeCall.TAKE_TEMPLATE)).isZero();
    }

    @Test
    void onlyWhatHasATemplateForItsPackageIsExportedWithOne() throws IOException {
        cloudlet.serve(service(ID).cloned(false));
        refused(ErrorCode.CONFLICT, () -> packages().exportTemplate(ID));
        refused(ErrorCode.CONFLICT, () -> packages().exportToFolder(ID, true, true));
        cloudlet.domain().catalog().add(service("raw").build());
        ended(cloudlet.domain()
                .images()
                .importImage(
                        "raw",
                        new Images.ImageSource(InputFile.removed(cloudlet.file("raw")), Optional.of(DiskFormat.RAW))));
        assertThat(refused(ErrorCode.CONFLICT, () -> packages().exportTemplate("raw")))
                .hasMessageContaining("its image is raw");
        refused(ErrorCode.SERVICE_UNKNOWN, () -> packages().exportTemplate("x"));
        assertThat(template).doesNotExist();
    }

    @Test
    void anExportThatFailsOrIsCancelledLeavesNothing() throws IOException {
        cloudlet.serve(service(ID));
        cloudlet.world.failNext(FakeCall.OPEN_TEMPLATE, HypervisorError.TEMPLATE_INVALID);
        Operation failed = ended(packages().exportToFolder(ID, true, true));
        assertThat(failed.error().orElseThrow().code()).isEqualTo(ErrorCode.CONFLICT);
        CountDownLatch gate = cloudlet.world.hold(FakeCall.OPEN_TEMPLATE);
        int before = cloudlet.world.calls(FakeCall.OPEN_TEMPLATE);
        Operation cancelled = packages().exportToFolder(ID, true, true);
        await().atMost(PATIENCE).until(() -> cloudlet.world.calls(FakeCall.OPEN_TEMPLATE) > before);
        cloudlet.domain().operations().cancel(cancelled.id());
        gate.countDown();
        assertThat(ended(cancelled).state()).isEqualTo(OperationState.CANCELLED);
        assertThat(files(folder)).noneMatch(file -> file.toString().contains(ID));
    }

    @Test
    void aTemplateThatChangesWhileItIsReadIsNotExported() {
        cloudlet.serve(service(ID));
        CountDownLatch gate = cloudlet.world.hold(FakeCall.OPEN_TEMPLATE);
        Operation operation = packages().exportToFolder(ID, true, true);
        await().atMost(PATIENCE).until(() -> cloudlet.world.calls(FakeCall.OPEN_TEMPLATE) > 0);
        cloudlet.world.loseTemplates();
        gate.countDown();
        assertThat(ended(operation).error().orElseThrow().code()).isEqualTo(ErrorCode.CONFLICT);
        assertThat(csvm).doesNotExist();
    }

    @Test
    void neitherPackageNorTemplateIsWrittenOverOneThatIsThere() throws IOException {
        cloudlet.serve(service(ID));
        Files.writeString(template, "of somebody else");
        for (boolean withTemplate : new boolean[] {true, false}) {
            refused(ErrorCode.CONFLICT, () -> packages().exportToFolder(ID, true, withTemplate));
        }
        assertThat(template).hasContent("of somebody else");
    }

    @Test
    void anExportThatACrashCutOffIsRemovedWithItsTemplate() throws IOException {
        Files.writeString(folder.resolve("." + ID + "-1.csvm.part"), "whole");
        Files.writeString(template, "it has its name already");
        Files.writeString(folder.resolve(".x-1.template.part"), "half");
        Path other = Files.writeString(folder.resolve("y-1.template"), "of an export that ended");
        Files.writeString(folder.resolve("y-1.csvm"), "of an export that ended");
        cloudlet.restart();
        assertThat(files(folder)).containsExactlyInAnyOrder(folder.resolve("data"), other, folder.resolve("y-1.csvm"));
    }
}
