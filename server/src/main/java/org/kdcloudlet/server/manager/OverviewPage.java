package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.instance.Capacity;
import org.kdcloudlet.server.instance.InstanceState;
import org.kdcloudlet.server.instance.PoolStatus;
import org.kdcloudlet.server.manager.page.Format;
import org.kdcloudlet.server.manager.page.Frame;
import org.kdcloudlet.server.manager.page.Rows.Attention;
import org.kdcloudlet.server.manager.page.Rows.ServiceRow;
import org.kdcloudlet.server.operation.Event;
import org.kdcloudlet.server.preparation.Preparation;

/** {@code /}: how the cloudlet is. */
final class OverviewPage {
    private static final int EVENTS = 8;
    private static final int SERVICES = 12;
    private static final int LOOKED_THROUGH = 100;

    private final AdminApi.Parts parts;
    private final PageRenderer pages;
    private final ServiceRows rows;

    OverviewPage(AdminApi.Parts parts, PageRenderer pages) {
        this.parts = parts;
        this.pages = pages;
        this.rows = new ServiceRows(parts);
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/", this::show),
                AdminRoute.get(
                        "/overview", context -> pages.fragment(context, "overviewBody", values(frame(context)))));
    }

    private void show(Context context) {
        Frame frame = frame(context);
        pages.page(context, "overview", frame, Map.of("body", pages.part("overviewBody", values(frame))));
    }

    private Frame frame(Context context) {
        return pages.frame(context, "Overview", "overview");
    }

    private Map<String, Object> values(Frame frame) {
        Capacity capacity = parts.instances().capacity();
        List<ServiceRow> services = rows.all();
        List<ServiceRow> busiest = services.stream()
                .sorted(Comparator.comparingInt(ServiceRow::instances).reversed())
                .limit(SERVICES)
                .toList();
        return Map.of(
                "frame",
                frame,
                "status",
                parts.status().get(),
                "capacity",
                capacity,
                "attention",
                attention(capacity, services),
                "services",
                busiest,
                "moreServices",
                services.size() - busiest.size(),
                "events",
                recentEvents());
    }

    /** The latest first, without the steps of operations, which have a page of their own. */
    private List<Event> recentEvents() {
        List<Event> recent = new ArrayList<>(parts.events().recent(LOOKED_THROUGH));
        recent.removeIf(
                event -> event.type().equals("operation.step") || event.type().equals("operation.started"));
        Collections.reverse(recent);
        return recent.subList(0, Math.min(EVENTS, recent.size()));
    }

    private List<Attention> attention(Capacity capacity, List<ServiceRow> services) {
        List<Attention> found = new ArrayList<>();
        if (capacity.diskFree() < capacity.diskReserve()) {
            found.add(new Attention("Only " + Format.size(capacity.diskFree()) + " of disk are free", "/services"));
        }
        long failed = parts.instances().list().stream()
                .filter(instance -> instance.state() == InstanceState.FAILED)
                .count();
        if (failed > 0) {
            found.add(new Attention(
                    failed == 1 ? "An instance has failed" : failed + " instances have failed", "/instances"));
        }
        for (Preparation preparation : parts.preparations().list()) {
            String id = parts.catalog()
                    .byId(preparation.service())
                    .map(Service::serviceId)
                    .orElse("");
            parts.preparations()
                    .attention(preparation)
                    .ifPresent(why ->
                            found.add(new Attention("Service " + id + ": " + why, "/services/" + id + "/preparation")));
        }
        for (ServiceRow row : services) {
            String id = row.service().serviceId();
            if (row.service().imageVersion().isEmpty()) {
                found.add(new Attention("Service " + id + " has no image to start from", "/services/" + id));
            }
            row.attention()
                    .ifPresent(
                            problem -> found.add(new Attention("Service " + id + ": " + problem, "/services/" + id)));
            row.pool()
                    .flatMap(PoolStatus::problem)
                    .ifPresent(problem ->
                            found.add(new Attention("The pool of " + id + ": " + problem, "/services/" + id)));
        }
        return found;
    }
}
