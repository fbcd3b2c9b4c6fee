package org.kdcloudlet.server.app;

import java.util.Objects;

/**
 * A package as a file.
 *
 * @param sha256 lowercase hex; its name in the folder of packages
 * @param md5 lowercase hex; what clients check their download against (spec/device-api.md)
 * @param bytes its length
 * @param icon whether there is a picture of it
 */
public record PackageContent(String sha256, String md5, long bytes, boolean icon) {
    public PackageContent {
        Objects.requireNonNull(sha256, "sha256");
        Objects.requireNonNull(md5, "md5");
    }
}
