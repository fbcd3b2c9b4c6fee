package org.kdcloudlet.hypervisor;

import java.io.IOException;
import java.util.List;

/** Tells a full disk from other failures. Neither Java nor a program has a code for it; the words are those of strerror(3) for ENOSPC and EDQUOT. */
public final class FullDisk {
    private static final List<String> WORDS = List.of("No space left", "Disk quota exceeded");

    private FullDisk() {}

    /** Whether something could not be written since there is no room for it. */
    public static boolean causes(IOException failure) {
        return isIn(String.valueOf(failure.getMessage()));
    }

    /** Whether a message, of this process or of a program that it ran, speaks of it. */
    public static boolean isIn(String message) {
        return WORDS.stream().anyMatch(message::contains);
    }
}
