package org.kdcloudlet.server.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.Refusals.refused;
import static org.kdcloudlet.server.TestCloudlet.PATIENCE;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.TestCloudlet.Limits;
import org.kdcloudlet.server.catalog.Images.ImageSource;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.instance.Instance;
import org.kdcloudlet.server.instance.StartKind;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationState;

/** Versions of images and their templates, from import to eviction. */
class ImagesTest {
    @TempDir
    private Path folder;

    private TestCloudlet cloudlet;

    @BeforeEach
    void open() {
        cloudlet = new TestCloudlet(folder)
                .limits(limits -> new Limits(100, 50, 1000, limits.startDeadline(), limits.idle(), 1))
                .open();
        cloudlet.domain().catalog().add(service("a").build());
    }

    @AfterEach
    void close() {
        cloudlet.close();
    }

    private Images images() {
        return cloudlet.domain().images();
    }

    private Optional<Integer> current() {
        return cloudlet.domain().catalog().get("a").imageVersion();
    }

    private List<Integer> numbers() {
        return images().versions("a").stream().map(ImageVersion::number).toList();
    }

    private int files() {
        return cloudlet.directory().images().toFile().list().length;
    }

    @Test
    void eachImportIsAVersionWithItsTemplate() {
        Operation first = cloudlet.importImage("a", "one");
        assertThat(first.state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(first.result()).contains("1");
        assertThat(first.steps()).hasSizeGreaterThanOrEqualTo(3);
        cloudlet.importImage("a", "two");

        assertThat(current()).contains(2);
        assertThat(images().versions("a"))
                .extracting(ImageVersion::template)
                .containsExactly(TemplateState.READY, TemplateState.READY);
        List<ImageVersion> before = images().versions("a");
        cloudlet.restart();
        assertThat(images().versions("a")).isEqualTo(before);
        assertThat(cloudlet.machines()).isEmpty();
    }

    @Test
    void whatIsNoImageIsRefused() {
        for (String content : List.of("", "BAD header")) {
            Operation operation = cloudlet.importImage("a", content);
            assertThat(operation.state()).isEqualTo(OperationState.FAILED);
            assertThat(operation.error().orElseThrow().code()).isEqualTo(ErrorCode.IMAGE_INVALID);
        }
        refused(ErrorCode.SERVICE_UNKNOWN, () -> cloudlet.beginImport("nobody", "x"));
        assertThat(numbers()).isEmpty();
        assertThat(files()).isZero();
        assertThat(current()).isEmpty();
    }

    @Test
    void aServiceThatNeverAnswersKeepsItsImageButDoesNotSwitch() {
        cloudlet.importImage("a", "good");
        cloudlet.world.failNext(FakeCall.FREEZE, HypervisorError.NOT_READY);
        Operation operation = cloudlet.importImage("a", "never ready");

        assertThat(operation.error().orElseThrow().code()).isEqualTo(ErrorCode.NOT_READY);
        assertThat(current()).contains(1);
        assertThat(images().versions("a").get(0).template()).isEqualTo(TemplateState.FAILED);
        assertThat(images().versions("a").get(0).problem()).isPresent();
        assertThat(cloudlet.machines()).isEmpty();

        Operation again = images().prepare("a", 2);
        assertThat(cloudlet.domain().operations().await(again.id(), PATIENCE).state())
                .isEqualTo(OperationState.SUCCEEDED);
        assertThat(current()).contains(2);
    }

    @Test
    void aTemplateThatCannotBeMadeIsNotTriedForever() {
        cloudlet.world.failNext(FakeCall.FREEZE, HypervisorError.NOT_READY);
        cloudlet.importImage("a", "one");
        int boots = cloudlet.world.calls(FakeCall.BOOT);
        cloudlet.restart();
        assertThat(cloudlet.start("a").kind()).isEqualTo(StartKind.BOOT);
        assertThat(cloudlet.world.calls(FakeCall.BOOT)).isEqualTo(boots + 1);

        cloudlet.close();
        cloudlet.world.upgrade("2.0");
        cloudlet.open();
        await().atMost(PATIENCE).until(() -> images().versions("a").get(0).template() == TemplateState.READY);
    }

    @Test
    void aCancelledImportLeavesNothing() {
        cloudlet.importImage("a", "one");
        CountDownLatch gate = cloudlet.world.hold(FakeCall.FREEZE);
        Operation operation = cloudlet.beginImport("a", "two");
        await().atMost(PATIENCE).until(() -> !cloudlet.machines().isEmpty());
        cloudlet.domain().operations().cancel(operation.id());
        await().atMost(PATIENCE).until(() -> cloudlet.machines().isEmpty());
        gate.countDown();

        Operation ended = cloudlet.domain().operations().await(operation.id(), PATIENCE);
        assertThat(ended.state()).isEqualTo(OperationState.CANCELLED);
        assertThat(numbers()).containsExactly(1);
        assertThat(current()).contains(1);
        await().atMost(PATIENCE).until(() -> files() == 1);
        assertThat(cloudlet.world.templateKeys()).hasSize(1);
        cloudlet.importImage("a", "three");
        assertThat(numbers()).as("numbers are not used again").containsExactly(3, 1);
    }

    @Test
    void uploadsAreRemovedHoweverTheImportEnds() throws IOException {
        for (String content : List.of("fine", "BAD")) {
            Path upload = Files.writeString(cloudlet.directory().uploads().resolve("upload"), content);
            Operation operation =
                    images().importImage("a", new ImageSource(InputFile.removed(upload), Optional.empty()));
            cloudlet.domain().operations().await(operation.id(), PATIENCE);
            assertThat(upload).doesNotExist();
        }
        Files.writeString(cloudlet.directory().uploads().resolve("left"), "by a killed server");
        cloudlet.restart();
        assertThat(cloudlet.directory().uploads()).isEmptyDirectory();
    }

    @Test
    void versionsOfTheSameContentShareTheFileUntilTheLastIsGone() {
        cloudlet.importImage("a", "same");
        cloudlet.importImage("a", "same");
        cloudlet.serve(service("b"));
        assertThat(files()).isEqualTo(2);
        images().remove("a", 1);
        await().atMost(PATIENCE).until(() -> cloudlet.world.calls(FakeCall.TEMPLATE) > 0);

        assertThat(cloudlet.start("a").kind()).isEqualTo(StartKind.CLONE);
        assertThat(files()).isEqualTo(2);
        refused(ErrorCode.IMAGE_VERSION_IN_USE, () -> images().remove("a", 2));
        refused(ErrorCode.IMAGE_VERSION_UNKNOWN, () -> images().remove("a", 1));
    }

    /** The ports and the probe of the other one are not its own. */
    @Test
    void aTemplateOfAnotherServiceIsTriedBeforeItIsUsed() {
        cloudlet.importImage("a", "same");
        cloudlet.domain().catalog().add(service("b").build());
        cloudlet.world.failNext(FakeCall.AWAIT_READY, HypervisorError.NOT_READY);
        Operation failed = cloudlet.domain()
                .operations()
                .await(cloudlet.beginImport("b", "same").id(), PATIENCE);
        assertThat(failed.state()).isEqualTo(OperationState.FAILED);
        assertThat(images().versions("b").get(0).template()).isEqualTo(TemplateState.FAILED);
        assertThat(cloudlet.world.templateKeys()).hasSize(1);
        assertThat(cloudlet.machines()).isEmpty();

        int boots = cloudlet.world.calls(FakeCall.BOOT);
        Operation again = images().prepare("b", 1);
        assertThat(cloudlet.domain().operations().await(again.id(), PATIENCE).state())
                .isEqualTo(OperationState.SUCCEEDED);
        assertThat(images().versions("b").get(0).template()).isEqualTo(TemplateState.READY);
        assertThat(cloudlet.world.calls(FakeCall.BOOT)).isEqualTo(boots);
        int clones = cloudlet.world.calls(FakeCall.CLONE);
        cloudlet.importImage("b", "same");
        assertThat(cloudlet.world.calls(FakeCall.CLONE)).as("not tried twice").isEqualTo(clones);
    }

    @Test
    void aTemplateOfAnotherServiceIsTriedWhenAnEditLeadsToItAndAFailureIsNotForgotten() {
        cloudlet.importImage("a", "same");
        Catalog catalog = cloudlet.domain().catalog();
        catalog.add(service("b").memoryMib(512).build());
        cloudlet.importImage("b", "same");
        int boots = cloudlet.world.calls(FakeCall.BOOT);

        cloudlet.world.failNext(FakeCall.AWAIT_READY, HypervisorError.NOT_READY);
        catalog.edit("b", service("b").build());
        await().atMost(PATIENCE).until(() -> images().versions("b").get(0).template() == TemplateState.FAILED);
        assertThat(cloudlet.world.calls(FakeCall.BOOT)).isEqualTo(boots);

        catalog.edit("b", service("b").description("new").build());
        Optional<TemplateKey> before = images().versions("a").get(0).templateKey();
        catalog.edit("a", service("a").memoryMib(1024).build());
        await("services are looked after in the order in which they change")
                .atMost(PATIENCE)
                .until(() -> images().versions("a").get(0).template() == TemplateState.READY
                        && !images().versions("a").get(0).templateKey().equals(before));
        assertThat(images().versions("b").get(0).template()).isEqualTo(TemplateState.FAILED);
    }

    @Test
    void aTemplateIsMadeByOneOperationHoweverOftenItsServiceChangesMeanwhile() throws IOException {
        cloudlet.importImage("a", "one");
        Catalog catalog = cloudlet.domain().catalog();
        for (int round = 0; round < 20; round++) {
            int memory = 512 + round;
            catalog.edit("a", service("a").memoryMib(memory).build());
            for (int change = 0; change < 5; change++) {
                catalog.edit(
                        "a",
                        service("a")
                                .memoryMib(memory)
                                .description("change " + change)
                                .build());
            }
        }
        DiskImage image = cloudlet.hypervisor().images().open(onlyFile());
        TemplateKey last = cloudlet.hypervisor()
                .templateKey(image, catalog.get("a").definition().machine());
        await().atMost(PATIENCE)
                .until(() -> images().versions("a").get(0).template() == TemplateState.READY
                        && images().versions("a").get(0).templateKey().equals(Optional.of(last)));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(cloudlet.domain().operations().list())
                        .allMatch(operation -> operation.state() == OperationState.SUCCEEDED));
    }

    @Test
    void rollingBackKeepsRunningInstancesOnTheirs() {
        cloudlet.importImage("a", "one");
        cloudlet.importImage("a", "two");
        UUID second = cloudlet.start("a").id();

        images().use("a", 1);

        assertThat(cloudlet.start("a").imageVersion()).isEqualTo(1);
        assertThat(cloudlet.domain().instances().get(second).imageVersion()).isEqualTo(2);
        refused(ErrorCode.IMAGE_VERSION_IN_USE, () -> images().remove("a", 2));
        refused(ErrorCode.IMAGE_VERSION_UNKNOWN, () -> images().use("a", 9));
        cloudlet.domain().instances().stop(second);
        images().remove("a", 2);
        assertThat(numbers()).containsExactly(1);
        assertThat(current()).contains(1);
    }

    @Test
    void oldVersionsBeyondTheLimitAreRemovedUnlessInUse() {
        cloudlet.importImage("a", "one");
        UUID first = cloudlet.start("a").id();
        cloudlet.importImage("a", "two");
        cloudlet.importImage("a", "three");
        cloudlet.importImage("a", "four");
        ((ImageService) images()).evict();
        assertThat(numbers()).containsExactly(4, 3, 1);

        cloudlet.domain().instances().stop(first);
        ((ImageService) images()).evict();

        assertThat(numbers()).containsExactly(4, 3);
        assertThat(files()).isEqualTo(2);
        assertThat(cloudlet.world.templateKeys()).hasSize(2);
    }

    @Test
    void aFullDiskTakesOldVersionsButNeverTheCurrentOne() {
        cloudlet.importImage("a", "one");
        cloudlet.importImage("a", "two");
        cloudlet.host.diskFree(0);

        ((ImageService) images()).evict();

        assertThat(numbers()).containsExactly(2);
        assertThat(files()).isEqualTo(1);
    }

    @Test
    void strayFilesAreRemovedAndMissingOnesTold() throws IOException {
        cloudlet.importImage("a", "one");
        cloudlet.close();
        Path image = onlyFile();
        Files.delete(image);
        Files.writeString(image.resolveSibling("half.part"), "of a killed import");
        Files.writeString(image.resolveSibling("0".repeat(64) + ".qcow2"), "of nobody");
        cloudlet.open();

        assertThat(files()).isZero();
        assertThat(images().versions("a").get(0).broken()).isTrue();
        assertThat(cloudlet.start("a").kind()).as("the template still works").isEqualTo(StartKind.CLONE);
        cloudlet.close();
        cloudlet.world.loseTemplates();
        cloudlet.open();
        refused(ErrorCode.IMAGE_INVALID, () -> cloudlet.start("a"));
        refused(ErrorCode.IMAGE_INVALID, () -> images().use("a", 1));
        refused(ErrorCode.IMAGE_INVALID, () -> images().prepare("a", 1));

        cloudlet.importImage("a", "one");
        assertThat(cloudlet.start("a").imageVersion()).isEqualTo(2);
        cloudlet.restart();
        assertThat(images().versions("a")).noneMatch(ImageVersion::broken);
    }

    private Path onlyFile() throws IOException {
        try (var files = Files.list(cloudlet.directory().images())) {
            return files.findFirst().orElseThrow();
        }
    }

    @Test
    void anotherMachineNeedsAnotherTemplateMadeInTheBackground() {
        cloudlet.importImage("a", "one");
        ServiceDefinition definition = cloudlet.domain().catalog().get("a").definition();
        CountDownLatch gate = cloudlet.world.hold(FakeCall.FREEZE);

        cloudlet.domain()
                .catalog()
                .edit("a", definition.toBuilder().memoryMib(512).build());
        assertThat(cloudlet.start("a").kind()).isEqualTo(StartKind.BOOT);
        gate.countDown();

        await().atMost(PATIENCE).until(() -> {
            Instance next = cloudlet.start("a");
            cloudlet.domain().instances().stop(next.id());
            return next.kind() == StartKind.CLONE;
        });
        int boots = cloudlet.world.calls(FakeCall.BOOT);
        cloudlet.domain()
                .catalog()
                .edit(
                        "a",
                        definition.toBuilder().memoryMib(512).description("x").build());
        assertThat(cloudlet.start("a").kind()).as("a text needs no template").isEqualTo(StartKind.CLONE);
        assertThat(cloudlet.world.calls(FakeCall.BOOT)).isEqualTo(boots);
    }

    @Test
    void aServiceRemovedDuringItsImportLeavesNothing() {
        CountDownLatch gate = cloudlet.world.hold(FakeCall.FREEZE);
        Operation operation = cloudlet.beginImport("a", "one");
        await().atMost(PATIENCE).until(() -> !cloudlet.machines().isEmpty());
        cloudlet.domain().catalog().delete("a", false);
        gate.countDown();

        Operation ended = cloudlet.domain().operations().await(operation.id(), PATIENCE);
        assertThat(ended.state()).isEqualTo(OperationState.FAILED);
        assertThat(ended.error().orElseThrow().code()).isEqualTo(ErrorCode.SERVICE_UNKNOWN);
        assertThat(cloudlet.machines()).isEmpty();
        await().atMost(PATIENCE).until(() -> files() == 0);
        await().atMost(PATIENCE).until(() -> cloudlet.world.templateKeys().isEmpty());
    }
}
