package org.kdcloudlet.server.preparation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.Refusals.refused;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.catalog.ImageVersion;
import org.kdcloudlet.server.catalog.Images.ImageSource;
import org.kdcloudlet.server.catalog.TemplateState;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.instance.Instance;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationState;
import org.kdcloudlet.server.preparation.Preparation.Start;

/** Preparing images by hand, on a fake hypervisor. */
class PreparationTest {
    private static final String ID = "org.example.speech";

    @TempDir
    private Path folder;

    private TestCloudlet cloudlet;

    @BeforeEach
    void open() {
        cloudlet = TestCloudlet.open(folder);
        cloudlet.serve(service(ID));
    }

    @AfterEach
    void close() {
        cloudlet.close();
    }

    private Preparations preparations() {
        return cloudlet.domain().preparations();
    }

    private Operation ended(Operation operation) {
        return cloudlet.domain().operations().await(operation.id(), TestCloudlet.PATIENCE);
    }

    private Preparation begun(Start start) {
        Operation operation = ended(preparations().begin(ID, start));
        assertThat(operation.state()).as(operation.toString()).isEqualTo(OperationState.SUCCEEDED);
        return preparations().get(ID);
    }

    private List<ImageVersion> versions() {
        return cloudlet.domain().images().versions(ID);
    }

    private void assertNothingIsLeft() throws IOException {
        assertThat(preparations().find(ID)).isEmpty();
        assertThat(preparations().list()).isEmpty();
        await().atMost(TestCloudlet.PATIENCE)
                .untilAsserted(() -> assertThat(cloudlet.machines()).isEmpty());
        assertThat(cloudlet.domain().instances().capacity().instances()).isZero();
        try (var files = Files.list(cloudlet.directory().uploads())) {
            assertThat(files).isEmpty();
        }
        assertThat(cloudlet.domain().database().<Integer>read(handle -> handle.createQuery(
                                "SELECT count(*) FROM preparations")
                        .mapTo(Integer.class)
                        .one()))
                .isZero();
    }

    @Test
    void whatWasPreparedIsSavedAsTheNextVersionAndUsedWhileInstancesKeepTheirs() throws IOException {
        Instance before = cloudlet.start(ID);
        Preparation preparation = begun(Start.from(1));
        assertThat(preparation.state()).isEqualTo(PreparationState.RUNNING);
        assertThat(cloudlet.domain().instances().capacity().instances()).isEqualTo(2);

        Operation saved = ended(preparations().save(ID, false));

        assertThat(saved.state()).as(saved.toString()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(saved.result()).contains("2");
        assertThat(versions()).extracting(ImageVersion::number).containsExactly(2, 1);
        assertThat(versions().get(0).template()).isEqualTo(TemplateState.READY);
        assertThat(cloudlet.domain().catalog().get(ID).imageVersion()).contains(2);
        assertThat(cloudlet.domain().instances().get(before.id()).imageVersion())
                .isEqualTo(1);
        assertThat(cloudlet.start(ID).imageVersion()).isEqualTo(2);
        cloudlet.domain().instances().list().forEach(one -> cloudlet.domain()
                .instances()
                .remove(one.id()));
        assertNothingIsLeft();
    }

    @Test
    void anImageThatWasStoredIsNeitherBootedNorUsedUntilItWasPrepared() throws IOException {
        cloudlet.domain().catalog().add(service("org.example.new").build());
        Operation stored = ended(cloudlet.domain()
                .images()
                .store(
                        "org.example.new",
                        new ImageSource(InputFile.removed(cloudlet.file("plain Debian")), Optional.empty())));
        assertThat(stored.result()).contains("1");
        int boots = cloudlet.world.calls(FakeCall.BOOT);
        cloudlet.restart();
        assertThat(cloudlet.domain().catalog().get("org.example.new").imageVersion())
                .isEmpty();
        ended(preparations().begin("org.example.new", Start.from(1)));
        assertThat(cloudlet.world.calls(FakeCall.BOOT)).isEqualTo(boots);
        ended(preparations().save("org.example.new", false));
        assertThat(cloudlet.domain().catalog().get("org.example.new").imageVersion())
                .contains(2);
        assertNothingIsLeft();
    }

    @Test
    void aBlankDiskIsPreparedFromACdromWithTheNetworkThatWasGranted() throws IOException {
        Path iso = Files.writeString(folder.resolve("debian.iso"), "an installer");
        assertThat(preparations().cdroms()).containsExactly("debian.iso");
        Preparation preparation =
                begun(Start.blank(2048).withCdrom("debian.iso").withNetwork(NetworkAccess.OPEN));
        assertThat(cloudlet.world.cdrom(preparation.id())).contains(iso);
        assertThat(cloudlet.world.request(preparation.id()).network()).isEqualTo(NetworkAccess.OPEN);
        assertThat(cloudlet.world.request(preparation.id()).ports()).isEmpty();
        assertThat(preparations().eject(ID).cdrom()).isEmpty();
        assertThat(cloudlet.world.cdrom(preparation.id())).isEmpty();
        preparations().eject(ID);
        cloudlet.restart();
        assertThat(preparations().get(ID).cdrom()).isEmpty();
        preparations().discard(ID);
        assertNothingIsLeft();
        Preparation closed = begun(Start.from(1));
        assertThat(cloudlet.world.request(closed.id()).network()).isEqualTo(NetworkAccess.NONE);
        preparations().discard(ID);
        assertNothingIsLeft();
    }

    @Test
    void itGoesOnAfterARestartAndCanBeSavedWhenItsGuestIsOff() throws IOException {
        Preparation before = begun(Start.from(1));
        cloudlet.world.shutDown(before.id());
        cloudlet.restart();
        Preparation after = preparations().get(ID);
        assertThat(after.id()).isEqualTo(before.id());
        assertThat(after.created()).isEqualTo(before.created());
        assertThat(after.state()).isEqualTo(PreparationState.POWERED_OFF);
        assertThat(preparations().attention(after))
                .hasValueSatisfying(why -> assertThat(why).contains("save or discard"));
        assertThat(cloudlet.domain().instances().capacity().instances()).isEqualTo(1);
        assertThat(preparations().restart(ID).state()).isEqualTo(PreparationState.RUNNING);
        assertThat(ended(preparations().save(ID, false)).state()).isEqualTo(OperationState.SUCCEEDED);
        assertNothingIsLeft();
    }

    @Test
    void aGuestThatDoesNotSwitchItselfOffIsNotForcedUnlessTheOperatorSaysSo() throws IOException {
        Preparation preparation = begun(Start.from(1));
        cloudlet.world.guestsShutDown(false);
        Operation refused = ended(preparations().save(ID, false));
        assertThat(refused.error().orElseThrow().code()).isEqualTo(ErrorCode.CONFLICT);
        assertThat(refused.error().orElseThrow().message()).contains("force");
        assertThat(preparations().get(ID).state()).isEqualTo(PreparationState.RUNNING);
        assertThat(versions()).hasSize(1);
        assertThat(cloudlet.machines()).containsExactly(preparation.id());
        assertThat(ended(preparations().save(ID, true)).state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(versions()).hasSize(2);
        assertNothingIsLeft();
    }

    @Test
    void aSaveThatFailsOrIsCancelledAtAnyStepLeavesThePreparationAsItWas() throws IOException {
        Preparation preparation = begun(Start.from(1));
        for (FakeCall step : List.of(FakeCall.POWER_OFF, FakeCall.SAVE_DISK, FakeCall.IMPORT)) {
            cloudlet.world.failNext(step, HypervisorError.NO_SPACE);
            Operation failed = ended(preparations().save(ID, false));
            assertThat(failed.error().orElseThrow().code()).isEqualTo(ErrorCode.STORAGE_FULL);
            assertThat(preparations().get(ID).operation()).isEmpty();

            CountDownLatch gate = cloudlet.world.hold(step);
            int before = cloudlet.world.calls(step);
            Operation saving = preparations().save(ID, false);
            await().atMost(TestCloudlet.PATIENCE).until(() -> cloudlet.world.calls(step) > before);
            refused(ErrorCode.CONFLICT, () -> preparations().save(ID, false));
            refused(ErrorCode.CONFLICT, () -> preparations().restart(ID));
            cloudlet.domain().operations().cancel(saving.id());
            gate.countDown();
            assertThat(ended(saving).state()).isEqualTo(OperationState.CANCELLED);
            assertThat(preparations().get(ID).busy()).isFalse();
            assertThat(versions()).hasSize(1);
            assertThat(cloudlet.machines()).containsExactly(preparation.id());
            try (var files = Files.list(cloudlet.directory().uploads())) {
                assertThat(files).isEmpty();
            }
        }
        preparations().discard(ID);
        assertNothingIsLeft();
    }

    /** Asked as fast as it goes: the moment between the record of the version and the end of the preparation is short. */
    @RepeatedTest(3)
    void oneThatIsSavedIsNotSavedAgainBeforeItIsGone() throws IOException {
        begun(Start.from(1));
        Operation saving = preparations().save(ID, true);
        while (preparations().find(ID).isPresent()) {
            assertThat(saveAgain()).isIn(ErrorCode.CONFLICT, ErrorCode.PREPARATION_UNKNOWN);
        }
        assertThat(ended(saving).state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(versions()).extracting(ImageVersion::number).containsExactly(2, 1);
        assertNothingIsLeft();
    }

    private ErrorCode saveAgain() {
        try {
            throw new AssertionError(
                    "a second save was begun: " + preparations().save(ID, true));
        } catch (CloudletException refusal) {
            return refusal.code();
        }
    }

    @Test
    void aVersionThatDoesNotComeUpStaysAndTheOperationSaysWhatToDo() throws IOException {
        begun(Start.from(1));
        cloudlet.world.servicesAnswer(false);
        Operation saved = ended(preparations().save(ID, false));
        assertThat(saved.error().orElseThrow().code()).isEqualTo(ErrorCode.NOT_READY);
        assertThat(saved.error().orElseThrow().message())
                .contains("saved as image version 2")
                .contains("Prepare that version interactively again");
        assertThat(versions()).hasSize(2);
        assertThat(cloudlet.domain().catalog().get(ID).imageVersion()).contains(1);
        assertNothingIsLeft();
    }

    @Test
    void whatCannotBeginLeavesNothingAndACancelledBeginNeither() throws IOException {
        cloudlet.world.failNext(FakeCall.PREPARE, HypervisorError.NO_SPACE);
        assertThat(ended(preparations().begin(ID, Start.from(1))).state()).isEqualTo(OperationState.FAILED);
        assertNothingIsLeft();

        CountDownLatch gate = cloudlet.world.hold(FakeCall.PREPARE);
        Operation beginning = preparations().begin(ID, Start.from(1));
        await().atMost(TestCloudlet.PATIENCE).until(() -> cloudlet.world.calls(FakeCall.PREPARE) == 2);
        assertThat(preparations().get(ID).state()).isEqualTo(PreparationState.STARTING);
        refused(ErrorCode.CONFLICT, () -> preparations().save(ID, false));
        cloudlet.domain().operations().cancel(beginning.id());
        gate.countDown();
        assertThat(ended(beginning).state()).isEqualTo(OperationState.CANCELLED);
        assertNothingIsLeft();
    }

    @Test
    void discardingEndsWhatIsUnderWay() throws IOException {
        for (FakeCall step : List.of(FakeCall.PREPARE, FakeCall.SAVE_DISK)) {
            CountDownLatch gate = cloudlet.world.hold(step);
            if (step == FakeCall.PREPARE) {
                preparations().begin(ID, Start.from(1));
            } else {
                begun(Start.from(1));
                preparations().save(ID, false);
            }
            await().atMost(TestCloudlet.PATIENCE).until(() -> cloudlet.world.calls(step) > 0);
            CompletableFuture<Void> discarded = new CompletableFuture<>();
            Thread discarding = new Thread(() -> {
                try {
                    preparations().discard(ID);
                    discarded.complete(null);
                } catch (RuntimeException e) {
                    discarded.completeExceptionally(e);
                }
            });
            discarding.start();
            await().atMost(TestCloudlet.PATIENCE)
                    .until(() -> discarding.getState() == Thread.State.TIMED_WAITING || discarded.isDone());
            gate.countDown();
            discarded.join();
            assertNothingIsLeft();
        }
        assertThat(versions()).hasSize(1);
        refused(ErrorCode.PREPARATION_UNKNOWN, () -> preparations().discard(ID));
    }

    @Test
    void aMachineThatDiesIsToldAndCanOnlyBeDiscarded() throws IOException {
        UUID machine = begun(Start.from(1)).id();
        cloudlet.world.die(machine, "QEMU crashed");
        await().atMost(TestCloudlet.PATIENCE)
                .until(() -> preparations().get(ID).state() == PreparationState.FAILED
                        && preparations().get(ID).problem().isPresent());
        refused(ErrorCode.CONFLICT, () -> preparations().save(ID, true));
        assertThat(preparations().attention(preparations().get(ID)).orElseThrow())
                .contains("QEMU crashed");
        cloudlet.restart();
        assertThat(preparations().get(ID).problem().orElseThrow()).contains("QEMU crashed");
        preparations().discard(ID);
        assertNothingIsLeft();

        UUID second = begun(Start.from(1)).id();
        cloudlet.close();
        cloudlet.world.dieUnwatched(second);
        cloudlet.open();
        assertThat(preparations().get(ID).state()).isEqualTo(PreparationState.FAILED);
        preparations().discard(ID);
        assertNothingIsLeft();
    }

    @Test
    void itIsOneForAServiceAndCountsInTheLimits() throws IOException {
        begun(Start.from(1));
        refused(ErrorCode.CONFLICT, () -> preparations().begin(ID, Start.from(1)));
        cloudlet.close();
        cloudlet.limits(limits -> new TestCloudlet.Limits(
                1, limits.perService(), limits.ports(), limits.startDeadline(), limits.idle(), limits.versions()));
        cloudlet.open();
        refused(ErrorCode.NO_ROOM, () -> cloudlet.start(ID));
        preparations().discard(ID);
        Instance instance = cloudlet.start(ID);
        Operation noRoom = ended(preparations().begin(ID, Start.from(1)));
        assertThat(noRoom.error().orElseThrow().code()).isEqualTo(ErrorCode.NO_ROOM);
        cloudlet.domain().instances().remove(instance.id());
        assertNothingIsLeft();
    }

    @Test
    void aServiceWhoseImageIsPreparedIsRemovedByForceOnlyAndTakesItAlong() {
        begun(Start.from(1));
        refused(ErrorCode.SERVICE_IN_USE, () -> cloudlet.domain().catalog().delete(ID, false));
        cloudlet.domain().catalog().delete(ID, true);
        await().atMost(TestCloudlet.PATIENCE)
                .untilAsserted(() -> assertThat(cloudlet.machines()).isEmpty());
        assertThat(preparations().list()).isEmpty();
    }

    @Test
    void oneThatNobodyLooksAtNeedsAttentionAndIsNotEnded() {
        begun(Start.from(1));
        assertThat(preparations().attention(preparations().get(ID))).isEmpty();
        cloudlet.clock.advance(Duration.ofHours(3));
        assertThat(preparations().attention(preparations().get(ID)).orElseThrow())
                .contains("3 h");
        preparations().attend(ID);
        assertThat(preparations().attention(preparations().get(ID))).isEmpty();
        assertThat(cloudlet.machines()).hasSize(1);
    }

    /** Who looked before it is not on record. */
    @Test
    void aRestartOfTheServerDoesNotMakeOneUnattended() {
        begun(Start.from(1));
        cloudlet.clock.advance(Duration.ofHours(30));
        preparations().attend(ID);
        cloudlet.restart();
        assertThat(preparations().attention(preparations().get(ID))).isEmpty();
        cloudlet.clock.advance(Duration.ofHours(3));
        assertThat(preparations().attention(preparations().get(ID)).orElseThrow())
                .contains("3 h");
    }

    @Test
    void wrongStartsAreReportedAllAtOnceAndBeginNothing() throws IOException {
        Files.createSymbolicLink(folder.resolve("link.iso"), Files.writeString(folder.resolve("secret"), "root's"));
        Files.createDirectory(folder.resolve("folder.iso"));
        assertThat(preparations().cdroms()).isEmpty();
        for (String name : List.of("link.iso", "folder.iso", "../x.iso", "/etc/passwd", "", "secret", "a\0.iso")) {
            refused(ErrorCode.INVALID_VALUE, () -> preparations()
                    .begin(ID, Start.from(1).withCdrom(name)));
        }
        for (long mib : new long[] {0, -1, Long.MAX_VALUE}) {
            String message = refused(
                            ErrorCode.INVALID_VALUE, () -> preparations().begin(ID, Start.blank(mib)))
                    .getMessage();
            assertThat(message).contains("blank_mib").contains("cdrom");
        }
        Start both = new Start(Optional.of(1), 100, NetworkAccess.NONE, Optional.empty());
        refused(ErrorCode.INVALID_VALUE, () -> preparations().begin(ID, both));
        refused(ErrorCode.IMAGE_VERSION_UNKNOWN, () -> preparations().begin(ID, Start.from(7)));
        refused(ErrorCode.SERVICE_UNKNOWN, () -> preparations().begin("unknown", Start.from(1)));
        assertNothingIsLeft();
    }

    /** Else a guest that was off would be saved while it boots anew. */
    @Test
    void whatIsBeingResetIsNotSaved() {
        cloudlet.world.shutDown(begun(Start.from(1)).id());
        CountDownLatch gate = cloudlet.world.hold(FakeCall.RESTART);
        CompletableFuture<Preparation> restarting =
                CompletableFuture.supplyAsync(() -> preparations().restart(ID));
        await().atMost(TestCloudlet.PATIENCE).until(() -> cloudlet.world.calls(FakeCall.RESTART) == 1);

        refused(ErrorCode.CONFLICT, () -> preparations().save(ID, false));
        assertThat(versions()).hasSize(1);

        gate.countDown();
        restarting.join();
        Operation saved = ended(preparations().save(ID, false));
        assertThat(saved.state()).as(saved.toString()).isEqualTo(OperationState.SUCCEEDED);
    }
}
