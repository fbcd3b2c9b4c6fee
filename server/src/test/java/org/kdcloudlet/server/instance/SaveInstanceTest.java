package org.kdcloudlet.server.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kdcloudlet.server.Refusals.refused;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.catalog.TemplateState;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationState;

/** Images of the disks of instances, on the fake hypervisor. */
class SaveInstanceTest {
    @TempDir
    private Path folder;

    private TestCloudlet cloudlet;
    private UUID id;

    @BeforeEach
    void open() {
        cloudlet = TestCloudlet.open(folder);
        cloudlet.serve(service("a").description("What it does").numUsers(2));
        id = cloudlet.start("a").id();
    }

    @AfterEach
    void close() {
        cloudlet.close();
    }

    private Operation save(Optional<String> newServiceId) {
        Operation begun = cloudlet.domain().instances().save(id, newServiceId);
        return cloudlet.domain().operations().await(begun.id(), TestCloudlet.PATIENCE);
    }

    private Service find(String serviceId) {
        return cloudlet.domain().catalog().get(serviceId);
    }

    private void assertStillReady() {
        assertThat(cloudlet.domain().instances().get(id).state()).isEqualTo(InstanceState.READY);
    }

    /** One image file for each version and nothing else, once what is not needed was removed. */
    private void assertFiles(int images) {
        Awaitility.await().atMost(TestCloudlet.PATIENCE).untilAsserted(() -> {
            try (Stream<Path> files = Files.list(cloudlet.directory().images())) {
                assertThat(files).hasSize(images);
            }
            try (Stream<Path> files = Files.list(cloudlet.directory().uploads())) {
                assertThat(files).isEmpty();
            }
        });
    }

    @Test
    void itsDiskBecomesTheNextVersionOfItsServiceAndItGoesOn() {
        Operation saved = save(Optional.empty());

        assertThat(saved.state()).as("%s", saved.error()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(saved.result()).contains("2");
        assertThat(find("a").imageVersion()).contains(2);
        assertThat(cloudlet.domain().images().versions("a"))
                .extracting(version -> version.template())
                .containsExactly(TemplateState.READY, TemplateState.READY);
        assertStillReady();
        assertThat(cloudlet.domain().instances().get(id).imageVersion()).isEqualTo(1);
        assertThat(cloudlet.start("a").imageVersion()).isEqualTo(2);
        assertFiles(2);
    }

    @Test
    void itsDiskBecomesTheFirstVersionOfANewServiceLikeItsOwn() {
        Operation saved = save(Optional.of("b"));

        assertThat(saved.state()).as("%s", saved.error()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(find("b").definition())
                .isEqualTo(find("a").definition().toBuilder().serviceId("b").build());
        assertThat(find("b").imageVersion()).contains(1);
        assertThat(find("a").imageVersion()).contains(1);
        assertStillReady();
        cloudlet.domain().instances().pause(id);
        assertThat(save(Optional.of("c")).state()).isEqualTo(OperationState.SUCCEEDED);
        assertThat(cloudlet.start("b").state()).isEqualTo(InstanceState.READY);
    }

    @Test
    void whatFailsOrIsCancelledLeavesNothing() {
        cloudlet.world.failNext(FakeCall.SAVE_DISK, HypervisorError.NO_SPACE);
        assertThat(save(Optional.of("b")).error().orElseThrow().code()).isEqualTo(ErrorCode.STORAGE_FULL);
        cloudlet.world.failNext(FakeCall.SAVE_DISK, HypervisorError.FAILED);
        assertThat(save(Optional.empty()).state()).isEqualTo(OperationState.FAILED);
        for (FakeCall call : new FakeCall[] {FakeCall.SAVE_DISK, FakeCall.BOOT}) {
            int before = cloudlet.world.calls(call);
            CountDownLatch gate = cloudlet.world.hold(call);
            Operation begun = cloudlet.domain().instances().save(id, Optional.of("b"));
            Awaitility.await().atMost(TestCloudlet.PATIENCE).until(() -> cloudlet.world.calls(call) > before);
            cloudlet.domain().operations().cancel(begun.id());
            gate.countDown();
            assertThat(cloudlet.domain()
                            .operations()
                            .await(begun.id(), TestCloudlet.PATIENCE)
                            .state())
                    .isEqualTo(OperationState.CANCELLED);
        }
        assertThat(cloudlet.domain().catalog().find("b")).isEmpty();
        assertThat(cloudlet.domain().images().versions("a")).hasSize(1);
        assertStillReady();
        assertFiles(1);
    }

    @Test
    void whatCannotBeSavedIsRefusedAtOnce() {
        refused(ErrorCode.SERVICE_EXISTS, () -> cloudlet.domain().instances().save(id, Optional.of("a")));
        refused(ErrorCode.INVALID_VALUE, () -> cloudlet.domain().instances().save(id, Optional.of("not an id")));
        refused(ErrorCode.INVALID_VALUE, () -> cloudlet.domain().instances().save(id, Optional.of("")));
        refused(
                ErrorCode.INSTANCE_UNKNOWN,
                () -> cloudlet.domain().instances().save(UUID.randomUUID(), Optional.empty()));
        cloudlet.host.diskFree((1L << 30) + 10);
        assertThat(save(Optional.empty()).error().orElseThrow().code()).isEqualTo(ErrorCode.NO_ROOM);
        cloudlet.host.diskFree(64L << 30);
        cloudlet.domain().instances().suspend(id);
        refused(ErrorCode.CONFLICT, () -> cloudlet.domain().instances().save(id, Optional.empty()));
    }
}
