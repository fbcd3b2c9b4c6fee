package org.kdcloudlet.server.preparation;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/** Says of preparations what needs their operator. Nothing is ended because of that. */
final class PreparationAttention {
    /** How long nobody has to look at a preparation before it needs attention. */
    private static final Duration UNATTENDED = Duration.ofHours(1);

    private final Clock clock;

    PreparationAttention(Clock clock) {
        this.clock = clock;
    }

    Optional<String> of(Preparation preparation) {
        return switch (preparation.state()) {
            case FAILED ->
                Optional.of("its preparation failed: " + preparation.problem().orElse("") + " Discard it");
            case POWERED_OFF -> Optional.of("its preparation is switched off; save or discard it");
            case PAUSED -> Optional.of("its preparation was halted; is the disk full?");
            case RUNNING -> alone(Duration.between(preparation.lastAttended(), clock.instant()));
            case STARTING, SAVING -> Optional.empty();
        };
    }

    private static Optional<String> alone(Duration alone) {
        return Optional.of(alone)
                .filter(time -> time.compareTo(UNATTENDED) > 0)
                .map(time -> "nobody has looked at its preparation for " + time.toHours() + " h; save or discard it");
    }
}
