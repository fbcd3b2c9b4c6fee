package org.kdcloudlet.hypervisor;

import java.time.Instant;

/**
 * Memory, devices and disk of a machine as they were at one moment, kept beside the machine to go back to.
 *
 * @param name as it was given; unique for its machine
 * @param taken when the machine stood still for it
 * @param diskBytes space that it takes
 */
public record MachineSnapshot(String name, Instant taken, long diskBytes) {
    /** Names that can be given. */
    public static final String NAMES = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

    public MachineSnapshot {
        if (!isName(name)) {
            throw new IllegalArgumentException("Not the name of a snapshot: " + name);
        }
    }

    /** Whether this can be a name: 1 to 64 letters, digits, dots, hyphens and underlines of ASCII, the first a letter or digit. */
    public static boolean isName(String name) {
        return name.matches(NAMES);
    }
}
