package org.kdcloudlet.client;

import java.util.Optional;

/** What a client was set to. Immutable. */
final class Settings {
    final Optional<String> deviceId;
    final CredentialStore credentials;
    final long callMillis;
    final long startMillis;
    final long downloadMillis;
    final long searchMillis;
    final long watchMillis;
    final long prewarmMillis;
    final int maximumReplyBytes;
    final long maximumAppBytes;

    Settings(ClientBuilder builder) {
        deviceId = builder.deviceId;
        credentials = builder.credentials;
        callMillis = builder.callTimeout.toMillis();
        startMillis = builder.startTimeout.toMillis();
        downloadMillis = builder.downloadTimeout.toMillis();
        searchMillis = builder.searchTime.toMillis();
        watchMillis = builder.watchInterval.toMillis();
        prewarmMillis = builder.prewarmTime.toMillis();
        maximumReplyBytes = builder.maximumReplyBytes;
        maximumAppBytes = builder.maximumAppBytes;
    }
}
