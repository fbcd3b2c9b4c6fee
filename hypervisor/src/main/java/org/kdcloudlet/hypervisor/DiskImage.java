package org.kdcloudlet.hypervisor;

import java.nio.file.Path;

/**
 * A disk image that was checked and is never written to again.
 *
 * @param file where it is; read-only
 * @param format as found in the file, never guessed again later
 * @param sha256 digest of the file, lowercase hex
 * @param fileBytes length of the file
 * @param virtualBytes size of the disk that the guest sees
 */
public record DiskImage(Path file, DiskFormat format, String sha256, long fileBytes, long virtualBytes) {}
