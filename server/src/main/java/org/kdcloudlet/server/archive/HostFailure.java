package org.kdcloudlet.server.archive;

import java.io.IOException;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.FullDisk;
import org.kdcloudlet.hypervisor.digest.DigestFailedException;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Tells what failed on this host, while an archive was unpacked, from what is wrong with the archive. */
public final class HostFailure {
    private HostFailure() {}

    /**
     * Returns when it is the archive's.
     *
     * @param full what to throw when the disk is full
     * @throws CloudletException that, or STORAGE_UNUSABLE when nothing can be hashed
     */
    public static void throwIfAny(IOException failure, Supplier<CloudletException> full) {
        if (FullDisk.causes(failure)) {
            throw full.get();
        }
        if (failure instanceof DigestFailedException) {
            throw new CloudletException(ErrorCode.STORAGE_UNUSABLE, failure.getMessage() + ".", failure);
        }
    }
}
