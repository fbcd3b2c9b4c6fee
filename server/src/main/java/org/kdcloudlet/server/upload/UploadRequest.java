package org.kdcloudlet.server.upload;

import java.util.Optional;
import org.kdcloudlet.server.error.Problems;

/**
 * What is said of a file before it is uploaded.
 *
 * @param name of the file, for people: never a path of this host
 * @param length in bytes
 * @param lastModified of the file where it comes from, in milliseconds since 1970, by which the same file is known again
 * @param sha256 lowercase hex, which the whole file must have; empty: not checked
 */
public record UploadRequest(
        UploadKind kind, String name, long length, Optional<Long> lastModified, Optional<String> sha256) {
    private static final int MAX_NAME = 255;

    /**
     * @throws org.kdcloudlet.server.error.CloudletException INVALID_VALUE with everything that is wrong
     */
    void check() {
        Problems problems = new Problems();
        problems.require(
                !name.isBlank() && name.length() <= MAX_NAME && name.chars().noneMatch(Character::isISOControl),
                "filename",
                "must have 1 to " + MAX_NAME + " characters and no control characters");
        problems.require(length > 0, "Upload-Length", "must be at least 1: an empty file cannot be used");
        problems.require(
                sha256.map(text -> text.matches("[0-9a-f]{64}")).orElse(true),
                "sha256",
                "must be 64 lowercase hexadecimal digits");
        problems.throwIfAny();
    }
}
