package org.kdcloudlet.hypervisor.qemu.protocol;

import java.io.IOException;
import java.nio.file.FileSystemException;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/** Turns failed input and output into the hypervisor's errors; a full disk is told from the rest. */
public final class Failures {
    private Failures() {}

    /**
     * @param what what could not be done, as the beginning of a sentence, e.g. {@code Could not write machine.json}
     */
    public static HypervisorException of(String what, IOException cause) {
        if (tellsOfFullDisk(reason(cause))) {
            return new HypervisorException(HypervisorError.NO_SPACE, what + ": the disk is full", cause);
        }
        return new HypervisorException(HypervisorError.FAILED, what + ": " + reason(cause), cause);
    }

    /** Whether a message, of this process or of QEMU, has the words of strerror(3) for ENOSPC or EDQUOT. */
    public static boolean tellsOfFullDisk(String message) {
        return message.contains("No space left on device") || message.contains("Disk quota exceeded");
    }

    private static String reason(IOException cause) {
        if (cause instanceof FileSystemException failure && failure.getReason() != null) {
            return failure.getReason() + " (" + failure.getFile() + ")";
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
}
