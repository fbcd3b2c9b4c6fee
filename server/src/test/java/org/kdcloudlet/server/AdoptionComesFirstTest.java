package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.hypervisor.testing.FakeHypervisor;

/** Nothing is asked of the hypervisor before it has adopted the machines that run. */
class AdoptionComesFirstTest {
    @TempDir
    private Path folder;

    @Test
    void aServerThatCannotAdoptStartsNothing() {
        try (TestCloudlet cloudlet = TestCloudlet.open(folder)) {
            cloudlet.serve(TestCloudlet.service("a").poolSize(1));
            cloudlet.awaitPools();
            cloudlet.die();
            cloudlet.world.loseTemplates();
            List<FakeCall> calls = new CopyOnWriteArrayList<>();
            FakeHypervisor hypervisor = cloudlet.world.hypervisor();
            hypervisor.observe(calls::add);
            cloudlet.world.failNext(FakeCall.ADOPT, HypervisorError.FAILED);

            assertThatThrownBy(() -> cloudlet.open(hypervisor)).isInstanceOf(HypervisorException.class);

            assertThat(calls).containsExactly(FakeCall.ADOPT);
            cloudlet.die();
            cloudlet.open().awaitPools();
        }
    }
}
