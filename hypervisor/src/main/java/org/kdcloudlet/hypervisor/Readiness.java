package org.kdcloudlet.hypervisor;

import java.time.Duration;
import java.util.Objects;

/** How to tell that the service inside a machine answers: a probe, and by when it must succeed. */
public record Readiness(Probe probe, Duration deadline) {
    public Readiness {
        Objects.requireNonNull(probe, "probe");
        if (deadline.isNegative() || deadline.isZero()) {
            throw new IllegalArgumentException("deadline must be above zero: " + deadline);
        }
    }
}
