package org.kdcloudlet.server.api;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.app.App;
import org.kdcloudlet.server.app.Apps;
import org.kdcloudlet.server.web.Answer;
import org.kdcloudlet.server.web.FileReply;
import org.kdcloudlet.server.web.Reply;

/** {@code /api/apps}: the app store. */
final class AppHandlers {
    private static final String ANDROID_PACKAGE = "application/vnd.android.package-archive";

    private final Apps apps;

    AppHandlers(Apps apps) {
        this.apps = apps;
    }

    Reply list(DeviceRequest request) {
        Optional<List<String>> wanted = request.parameter("tags")
                .map(tags -> Arrays.stream(tags.split(","))
                        .map(String::strip)
                        .filter(tag -> !tag.isEmpty())
                        .toList())
                .filter(tags -> !tags.isEmpty());
        List<App> matching = apps.list().stream()
                .filter(app -> wanted.isEmpty()
                        || wanted.get().stream().anyMatch(app.metadata().tags()::contains))
                .toList();
        return Reply.json(WireJson.apps(matching));
    }

    Answer get(DeviceRequest request) {
        Optional<String> id = request.parameter("appId");
        if (id.isEmpty()) {
            return Reply.text(400, "Parameter appId is missing");
        }
        Optional<Apps.Download> download = apps.open(id.get());
        return download.isPresent() ? reply(download.get()) : Reply.text(404, "There is no app of this id");
    }

    private static Answer reply(Apps.Download download) {
        App app = download.app();
        return new FileReply(
                ANDROID_PACKAGE, app.fileName(), download.file(), app.content().bytes());
    }
}
