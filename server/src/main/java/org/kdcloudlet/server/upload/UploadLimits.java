package org.kdcloudlet.server.upload;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * What uploads may take.
 *
 * @param maxBytes longest file of a kind
 * @param diskReserveBytes space that must be left free, beside what uploads under way still lack
 * @param maxUploads unfinished ones together
 * @param maxPerOwner unfinished ones of one owner
 * @param lifetime without another byte, after which one is removed
 */
public record UploadLimits(
        ToLongFunction<UploadKind> maxBytes,
        LongSupplier diskReserveBytes,
        int maxUploads,
        int maxPerOwner,
        Duration lifetime) {
    /** 32 uploads, 8 of one owner, a day. */
    public static UploadLimits of(ToLongFunction<UploadKind> maxBytes, LongSupplier diskReserveBytes) {
        return new UploadLimits(maxBytes, diskReserveBytes, 32, 8, Duration.ofDays(1));
    }
}
