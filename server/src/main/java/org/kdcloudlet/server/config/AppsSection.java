package org.kdcloudlet.server.config;

import org.kdcloudlet.server.app.AppSettings;

/** Reads section {@code apps}: what the app store takes. */
final class AppsSection {
    private AppsSection() {}

    static AppSettings read(Section section) {
        return new AppSettings(
                section.live().size("max-file-size", "512MiB", "1MiB", "2GiB"),
                section.live().duration("read-deadline", "1m", "1s", "1h"));
    }
}
