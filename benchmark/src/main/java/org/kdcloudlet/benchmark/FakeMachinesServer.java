package org.kdcloudlet.benchmark;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.kdcloudlet.hypervisor.testing.FakeWorld;
import org.kdcloudlet.server.CloudletServer;
import org.kdcloudlet.server.config.LoadedConfiguration;

/**
 * A Cloudlet Server whose machines are {@link org.kdcloudlet.hypervisor.testing.FakeHypervisor}'s, so that two hundred of them fit any
 * host. Everything else of it is real.
 */
public final class FakeMachinesServer {
    private FakeMachinesServer() {}

    /** Runs until it is ended; the only argument is the configuration file. */
    public static void main(String[] arguments) throws InterruptedException {
        FakeWorld world = new FakeWorld();
        CloudletServer server = CloudletServer.start(
                LoadedConfiguration.load(Optional.of(Path.of(arguments[0])), Map.of(), Map.of()),
                (folder, configuration) -> world.hypervisor());
        Runtime.getRuntime().addShutdownHook(new Thread(server::close));
        new CountDownLatch(1).await();
    }
}
