package org.kdcloudlet.hypervisor.qemu.protocol;

import java.io.IOException;
import java.nio.file.FileSystemException;
import org.kdcloudlet.hypervisor.FullDisk;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/** Turns failed input and output into the hypervisor's errors; a full disk is told from the rest. */
public final class Failures {
    private Failures() {}

    /**
     * @param what what could not be done, as the beginning of a sentence, e.g. {@code Could not write machine.json}
     */
    public static HypervisorException of(String what, IOException cause) {
        if (FullDisk.causes(cause)) {
            return new HypervisorException(HypervisorError.NO_SPACE, what + ": the disk is full", cause);
        }
        return new HypervisorException(HypervisorError.FAILED, what + ": " + reason(cause), cause);
    }

    private static String reason(IOException cause) {
        if (cause instanceof FileSystemException failure && failure.getReason() != null) {
            return failure.getReason() + " (" + failure.getFile() + ")";
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
}
