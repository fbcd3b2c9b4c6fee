package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.nio.file.Files;
import java.util.Optional;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.instance.Capacity;
import org.kdcloudlet.server.web.Reply;

/**
 * {@code GET /readyz}: whether this cloudlet can do its work now, which is to start services. Everybody may ask, so a refusal says what
 * is wrong in a word and gives no figures. Devices are listened to before the Manager's port is opened.
 */
final class WorkCheck {
    private final AdminApi.Parts parts;

    WorkCheck(AdminApi.Parts parts) {
        this.parts = parts;
    }

    void answer(Context context) {
        problem()
                .map(text -> Reply.text(503, text))
                .orElseGet(() -> Reply.text(200, "ok"))
                .sendTo(context);
    }

    private Optional<String> problem() {
        try {
            parts.accounts().administrators().list();
        } catch (CloudletException e) {
            return Optional.of("The database does not answer");
        }
        if (!Files.isWritable(parts.uploads())) {
            return Optional.of("The data directory cannot be written");
        }
        Capacity capacity = parts.instances().capacity();
        return capacity.diskFree() < capacity.diskReserve() ? Optional.of("The disk is full") : Optional.empty();
    }
}
