package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.time.Instant;
import java.util.List;
import org.kdcloudlet.server.peer.PeerJson;
import org.kdcloudlet.server.peer.Peers;

/** {@code /v1/cloudlets}: the other cloudlets in reach. */
final class CloudletsResource {
    private final Peers peers;

    CloudletsResource(Peers peers) {
        this.peers = peers;
    }

    List<AdminRoute> routes() {
        return List.of(AdminRoute.get("/v1/cloudlets", this::list));
    }

    private void list(Context context) {
        AdminJson.reply(PeerJson.list(peers.list(), Instant.now())).sendTo(context);
    }
}
