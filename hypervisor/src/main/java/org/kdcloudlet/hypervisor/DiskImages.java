package org.kdcloudlet.hypervisor;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Checks and imports disk images from outside, which are not to be trusted: their headers are read by a sandboxed program
 * that sees that file alone, with limits on time, memory and output.
 */
public interface DiskImages {
    /**
     * Copies an image into a folder by content: the result is {@code <folder>/<sha256>.<format>}, read-only, complete or not
     * there at all, even after a crash. An image that is there already is returned as it is. Formats other than qcow2 and raw
     * are converted to qcow2.
     *
     * @param source the image; never used in place, never changed
     * @param format what the operator says it is, or empty to have it found out. Raw is never found out: a file without a known
     *     header is taken for raw only if it has a boot signature
     * @param limits what is refused
     * @throws HypervisorException {@link HypervisorError#IMAGE_INVALID} when it is empty, truncated, not what its header says, refers to a
     *     backing or external data file, is encrypted, or passes a limit; {@link HypervisorError#NO_SPACE} when the disk is full
     */
    DiskImage importImage(Path source, Optional<DiskFormat> format, Path folder, ImageLimits limits, Progress progress);

    /**
     * {@link #importImage} of a file that nobody else can change: it is taken over in place of being copied, whatever comes of
     * it.
     *
     * @param source on the file system of the folder
     */
    DiskImage takeImage(Path source, DiskFormat format, Path folder, ImageLimits limits, Progress progress);

    /**
     * The same of a file whose digest is known to whoever wrote it, so that it need not be read for that once more.
     *
     * @param sha256 of the file, lowercase hex, taken while it was written; never what somebody else says of it
     */
    DiskImage takeImage(
            Path source, String sha256, DiskFormat format, Path folder, ImageLimits limits, Progress progress);

    /**
     * Makes a qcow2 image of a raw one.
     *
     * @param image imported before; not changed
     * @param folder on the same file system or another
     * @return a file of the folder, to be removed by the caller; its name says nothing
     * @throws HypervisorException {@link HypervisorError#NO_SPACE} when the disk is full
     */
    Path convert(DiskImage image, Path folder, Progress progress);

    /**
     * What a file is by its first bytes; empty when they are of no known format, as those of a raw disk are. Nothing else of it is
     * looked at: whether it can be imported is for {@link #importImage} to say.
     *
     * @throws HypervisorException {@link HypervisorError#FAILED} when it cannot be read
     */
    Optional<DiskFormat> format(Path file);

    /** Describes an image imported before, without reading its content. */
    DiskImage open(Path imported);

    /**
     * What an image may be.
     *
     * @param maxFileBytes largest file
     * @param maxVirtualBytes largest disk by the header
     */
    record ImageLimits(long maxFileBytes, long maxVirtualBytes) {}
}
