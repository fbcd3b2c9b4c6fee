package org.kdcloudlet.hypervisor.qemu.disk;

import java.util.Locale;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/** Makes the exceptions of this package: one sentence each that says what is wrong and what to do. */
final class Refusal {
    private Refusal() {}

    static HypervisorException invalid(String sentence, Object... arguments) {
        return new HypervisorException(HypervisorError.IMAGE_INVALID, String.format(Locale.ROOT, sentence, arguments));
    }

    /** @param needed bytes, 0 when unknown */
    static HypervisorException noSpace(long needed, long free) {
        return new HypervisorException(
                HypervisorError.NO_SPACE,
                String.format(
                        Locale.ROOT,
                        "The disk is full: importing the image needs %s, %d MiB are free; free some space and try again.",
                        needed == 0 ? "more than that" : (needed >> 20) + 1 + " MiB",
                        free >> 20));
    }
}
