package org.kdcloudlet.hypervisor.qemu.host;

import java.util.Objects;
import java.util.OptionalInt;
import org.kdcloudlet.hypervisor.Accelerator;

/**
 * What machines of this host are run with.
 *
 * @param reason one sentence: how that was decided
 * @param group the supplementary group that machines need to open /dev/kvm; empty if none, and always with TCG
 */
public record AcceleratorChoice(Accelerator accelerator, String reason, OptionalInt group) {
    public AcceleratorChoice {
        Objects.requireNonNull(accelerator, "accelerator");
        Objects.requireNonNull(reason, "reason");
    }
}
