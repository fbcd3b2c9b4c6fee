package org.kdcloudlet.server.api;

import java.util.concurrent.atomic.AtomicReference;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.web.Reply;

/** {@code /api/services}: what this cloudlet offers. */
final class ServiceHandlers {
    private final Catalog catalog;
    private final AtomicReference<Listing> listing;

    /** The list as it was at one revision of the catalogue; devices ask for it far more often than it changes. */
    private record Listing(long revision, Reply reply) {}

    ServiceHandlers(Catalog catalog) {
        this.catalog = catalog;
        this.listing = new AtomicReference<>(new Listing(-1, Reply.json(WireJson.empty())));
    }

    Reply list(DeviceRequest request) {
        // The revision is read first: a change in between makes the kept list look older than it is, never newer.
        long revision = catalog.revision();
        Listing kept = listing.get();
        if (kept.revision() != revision) {
            kept = new Listing(revision, Reply.json(WireJson.services(catalog.list())));
            listing.set(kept);
        }
        return kept.reply();
    }

    Reply get(DeviceRequest request) {
        return request.parameter("serviceId")
                .flatMap(catalog::find)
                .map(service -> Reply.json(WireJson.service(service)))
                .orElseGet(() -> Reply.text(404, "There is no service of this id"));
    }
}
