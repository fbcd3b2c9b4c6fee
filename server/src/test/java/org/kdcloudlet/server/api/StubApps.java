package org.kdcloudlet.server.api;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.app.App;
import org.kdcloudlet.server.app.AppMetadata;
import org.kdcloudlet.server.app.Apps;
import org.kdcloudlet.server.app.PackageContent;
import org.kdcloudlet.server.app.PackageDetails;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** The app of the specification's example, without its file. */
final class StubApps implements Apps {
    static final String MD5 = "d41d8cd98f00b204e9800998ecf8427e";

    private static final App SPEECH = new App(
            "5e7e5b0d1d41c8260f3d6b01",
            new PackageDetails("org.example.speech", "Speech", "1.0", 1, "4.1"),
            new PackageContent("0".repeat(64), MD5, 1, false),
            new AppMetadata(Optional.of("org.example.speech"), "Speech client", List.of("speech")),
            Instant.EPOCH,
            Instant.EPOCH);

    @Override
    public List<App> list() {
        return List.of(SPEECH);
    }

    @Override
    public Optional<App> find(String id) {
        return Optional.of(SPEECH).filter(app -> app.id().equals(id));
    }

    @Override
    public App get(String id) {
        return find(id).orElseThrow(() -> new CloudletException(ErrorCode.APP_UNKNOWN, "Unknown"));
    }

    @Override
    public App add(Path file, AppMetadata metadata) {
        throw new UnsupportedOperationException();
    }

    @Override
    public App edit(String id, AppMetadata metadata) {
        throw new UnsupportedOperationException();
    }

    @Override
    public App replace(String id, Path file, boolean older) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void remove(String id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Download> open(String id) {
        return Optional.empty();
    }

    @Override
    public Optional<byte[]> icon(String id) {
        return Optional.empty();
    }
}
