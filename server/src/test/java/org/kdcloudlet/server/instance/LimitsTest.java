package org.kdcloudlet.server.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kdcloudlet.server.Refusals.refused;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.TestCloudlet.Limits;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** What does not fit is refused with the figures. */
class LimitsTest {
    private static final long MIB = 1L << 20;

    @TempDir
    private Path folder;

    private TestCloudlet cloudlet;

    @BeforeEach
    void open() {
        cloudlet = new TestCloudlet(folder)
                .limits(limits -> new Limits(4, 2, 1000, limits.startDeadline(), limits.idle(), 3))
                .open();
    }

    @AfterEach
    void close() {
        cloudlet.close();
    }

    private void refusedFor(String resource, String serviceId) {
        CloudletException refusal = refused(ErrorCode.NO_ROOM, () -> cloudlet.start(serviceId));
        assertThat(refusal.code().status()).isEqualTo(503);
        assertThat(refusal.details())
                .containsEntry("resource", resource)
                .containsKeys("needed", "available", "reserve");
    }

    @Test
    void instancesOfAServiceAndInAll() {
        cloudlet.serve(service("a"));
        cloudlet.serve(service("b"));
        cloudlet.serve(service("c"));
        cloudlet.start("a");
        cloudlet.start("a");
        refusedFor("instances of this service", "a");
        cloudlet.start("b");
        cloudlet.start("b");
        refusedFor("instances", "c");

        assertThat(cloudlet.machines()).hasSize(4);
    }

    @Test
    void aFailedInstanceTakesNoRoom() {
        cloudlet.serve(service("a"));
        cloudlet.start("a");
        cloudlet.world.die(cloudlet.start("a").id(), "test");
        org.awaitility.Awaitility.await()
                .atMost(TestCloudlet.PATIENCE)
                .until(() -> cloudlet.domain().instances().capacity().instances() == 1);

        assertThat(cloudlet.start("a").state()).isEqualTo(InstanceState.READY);
    }

    @Test
    void memoryThatTheHostHasLeft() {
        cloudlet.serve(service("a").memoryMib(256));
        // A clone of 256 MiB is expected to take 80 MiB; 512 MiB are left to the host.
        cloudlet.host.memoryAvailable((512 + 79) * MIB);
        CloudletException refusal = refused(ErrorCode.NO_ROOM, () -> cloudlet.start("a"));
        assertThat(refusal.details())
                .isEqualTo(
                        Map.of("resource", "memory", "needed", 80 * MIB, "available", 79 * MIB, "reserve", 512 * MIB));

        cloudlet.host.memoryAvailable((512 + 80) * MIB);
        assertThat(cloudlet.start("a").state()).isEqualTo(InstanceState.READY);
    }

    @Test
    void aBootInPlaceOfACloneHasToFitToo() {
        cloudlet.serve(service("a").memoryMib(256));
        cloudlet.host.memoryAvailable((512 + 80) * MIB);
        cloudlet.world.failNext(FakeCall.CLONE, HypervisorError.MACHINE_FAILED);

        refusedFor("memory", "a");
        assertThat(cloudlet.machines()).isEmpty();
        assertThat(cloudlet.domain().instances().list()).isEmpty();
    }

    @Test
    void memoryPromisedToGuests() {
        // 64 GiB less 512 MiB, promised twice: 127 GiB.
        cloudlet.serve(service("big").memoryMib(100 * 1024));
        cloudlet.start("big");

        refusedFor("memory", "big");
    }

    @Test
    void spaceOnDisk() {
        cloudlet.serve(service("a"));
        cloudlet.host.diskFree((1024 + 63) * MIB);
        refusedFor("disk", "a");
        cloudlet.host.diskFree((1024 + 64) * MIB);
        assertThat(cloudlet.start("a").state()).isEqualTo(InstanceState.READY);
    }

    @Test
    void aWokenInstanceNeedsRoomToo() {
        cloudlet.serve(service("a"));
        Instance instance = cloudlet.start("a");
        cloudlet.domain().instances().suspend(instance.id());
        cloudlet.host.memoryAvailable(600 * MIB);

        refused(ErrorCode.NO_ROOM, () -> cloudlet.domain().instances().wake(instance.id()));
        cloudlet.host.memoryAvailable(6000 * MIB);
        assertThat(cloudlet.domain().instances().wake(instance.id()).state()).isEqualTo(InstanceState.READY);
    }
}
