package org.kdcloudlet.server;

import java.nio.file.Path;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.server.config.HypervisorConfiguration;

/** Makes what runs machines on a folder. */
@FunctionalInterface
public interface HypervisorFactory {
    /**
     * @param folder on which machines of an earlier server may run
     * @throws org.kdcloudlet.hypervisor.HypervisorException UNAVAILABLE when nothing can run machines here
     */
    Hypervisor open(Path folder, HypervisorConfiguration configuration);
}
