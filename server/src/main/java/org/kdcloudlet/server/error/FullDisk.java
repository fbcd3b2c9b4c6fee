package org.kdcloudlet.server.error;

import java.io.IOException;

/** Tells a full disk from other failures. Java has no type for it; the words are those of strerror(3) for ENOSPC and EDQUOT. */
public final class FullDisk {
    private static final String NO_SPACE = "No space left";
    private static final String QUOTA = "Disk quota exceeded";

    private FullDisk() {}

    /** Whether something could not be written since there is no room for it. */
    public static boolean causes(IOException failure) {
        String message = String.valueOf(failure.getMessage());
        return message.contains(NO_SPACE) || message.contains(QUOTA);
    }
}
