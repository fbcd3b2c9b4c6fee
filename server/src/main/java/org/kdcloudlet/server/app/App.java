package org.kdcloudlet.server.app;

import java.time.Instant;
import java.util.Objects;

/**
 * An app of this cloudlet.
 *
 * @param id internal id ({@code _id} of spec/device-api.md): 24 lowercase hex digits, never reused
 * @param details what its package says of itself
 * @param content the package as a file
 * @param metadata what the operator says of it
 * @param created when it was added
 * @param modified when its package or metadata last changed
 */
public record App(
        String id,
        PackageDetails details,
        PackageContent content,
        AppMetadata metadata,
        Instant created,
        Instant modified) {
    public App {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(details, "details");
        Objects.requireNonNull(content, "content");
        Objects.requireNonNull(metadata, "metadata");
        Objects.requireNonNull(created, "created");
        Objects.requireNonNull(modified, "modified");
    }

    /** A name for the package as a file: letters, digits, and {@code . _ -} only. */
    public String fileName() {
        String version = details.versionName().replaceAll("[^A-Za-z0-9._-]", "_");
        return details.packageName() + "-" + version + ".apk";
    }

    App with(AppMetadata changed, Instant now) {
        return new App(id, details, content, changed, created, now);
    }

    App with(PackageDetails newer, PackageContent newContent, Instant now) {
        return new App(id, newer, newContent, metadata, created, now);
    }
}
