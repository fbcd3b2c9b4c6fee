package org.kdcloudlet.server.peer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.kdcloudlet.server.host.LoadJson;

/** Other cloudlets as the admin REST API and the command line show them (docs/reference/openapi.yaml). */
public final class PeerJson {
    private PeerJson() {}

    /** {@code {"cloudlets": [...]}} */
    public static ObjectNode list(List<Peer> peers, Instant now) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putArray("cloudlets")
                .addAll(peers.stream().map(peer -> peer(peer, now)).toList());
        return json;
    }

    private static ObjectNode peer(Peer peer, Instant now) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("name", peer.name());
        json.put("instance_name", peer.instanceName());
        peer.addresses().forEach(address -> json.withArray("addresses").add(address.getHostAddress()));
        json.put("port", peer.port());
        json.put("encryption", peer.encryption());
        json.put("state", peer.state().name().toLowerCase(Locale.ROOT));
        json.set("load", peer.load().map(LoadJson::of).orElse(null));
        json.set("services", peer.services().map(PeerJson::texts).orElse(null));
        json.put("last_seen", peer.lastSeen().toString());
        json.put("age_seconds", peer.age(now).toMillis() / 1000.0);
        return json;
    }

    private static ArrayNode texts(List<String> texts) {
        ArrayNode json = JsonNodeFactory.instance.arrayNode();
        texts.forEach(json::add);
        return json;
    }
}
