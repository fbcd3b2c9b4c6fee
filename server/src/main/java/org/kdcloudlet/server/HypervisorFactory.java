package org.kdcloudlet.server;

import java.nio.file.Path;
import java.util.Optional;
import org.kdcloudlet.hypervisor.Accelerator;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.qemu.QemuOnThisHost;
import org.kdcloudlet.server.config.HypervisorConfiguration;

/** Makes what runs machines on a folder. */
@FunctionalInterface
public interface HypervisorFactory {
    /**
     * @param folder on which machines of an earlier server may run
     * @throws org.kdcloudlet.hypervisor.HypervisorException UNAVAILABLE when nothing can run machines here
     */
    Hypervisor open(Path folder, HypervisorConfiguration configuration);

    /** Machines in the QEMU that is installed here. */
    static HypervisorFactory qemu() {
        return (folder, configuration) -> QemuOnThisHost.open(
                folder,
                switch (configuration.acceleration()) {
                    case AUTO -> Optional.empty();
                    case KVM -> Optional.of(Accelerator.KVM);
                    case TCG -> Optional.of(Accelerator.TCG);
                });
    }
}
