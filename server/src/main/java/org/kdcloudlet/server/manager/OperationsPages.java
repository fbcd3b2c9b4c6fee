package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.server.manager.page.Frame;
import org.kdcloudlet.server.manager.page.OperationLink;
import org.kdcloudlet.server.manager.page.OperationsView;
import org.kdcloudlet.server.manager.page.RowChange;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationFilter;
import org.kdcloudlet.server.operation.OperationState;
import org.kdcloudlet.server.operation.Operations;

/** {@code /operations}: everything that takes long, the newest first. A page that is shown is sent the rows that changed. */
final class OperationsPages {
    private static final String ONE = "/operations/{id}";

    private final Operations operations;
    private final OperationLinks links;
    private final PageRenderer pages;
    /** By what a page shows: an operation that is not of its state any more is gone for it. */
    private final Map<Optional<OperationState>, RowChanges<Operation>> changes = new HashMap<>();

    OperationsPages(AdminApi.Parts parts, PageRenderer pages) {
        this.operations = parts.operations();
        this.links = new OperationLinks(parts.catalog(), parts.instances());
        this.pages = pages;
        changes.put(Optional.empty(), rowChanges());
        for (OperationState state : OperationState.values()) {
            changes.put(Optional.of(state), rowChanges());
        }
    }

    private static RowChanges<Operation> rowChanges() {
        return new RowChanges<>(
                operation -> Long.toString(operation.id()),
                operation -> List.of(operation.state(), operation.percent()));
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/operations", this::list),
                AdminRoute.get("/operations/changes", this::changes),
                AdminRoute.get(ONE, this::show),
                AdminRoute.get(ONE + "/body", context -> pages.fragment(context, "operationBody", body(context))),
                AdminRoute.post(ONE + "/cancel", this::cancel));
    }

    private Frame frame(Context context, String title) {
        return pages.frame(context, title, "operations");
    }

    private void list(Context context) {
        OperationFilter filter = OperationsResource.filter(context);
        Map<String, Object> values = new HashMap<>();
        values.put("state", filter.state().map(AdminJson::name).orElse(""));
        values.put("newest", filter.before().isEmpty());
        values.put("first", "/operations?" + query(filter));
        values.put(
                "changes",
                "/operations/changes?" + query(filter)
                        + filter.before().map(id -> "&before=" + id).orElse(""));
        values.put("table", pages.part("operationsTable", table(filter, operations.list())));
        pages.page(context, "operations", frame(context, "Operations"), values);
    }

    private Map<String, Object> table(OperationFilter filter, List<Operation> all) {
        String rows = changes.get(filter.state()).state(filter.inState(all));
        return Map.of("view", view(filter, all, rows), "operations", filter.of(all));
    }

    private static OperationsView view(OperationFilter filter, List<Operation> all, String rows) {
        List<Operation> shown = filter.of(all);
        long last = shown.isEmpty() ? 0 : shown.get(shown.size() - 1).id();
        boolean older = filter.inState(all).stream().anyMatch(operation -> operation.id() < last);
        return new OperationsView(rows, last, older ? "/operations?" + query(filter) + "&before=" + last : "");
    }

    /** What of a filter is the same for each of its pages. */
    private static String query(OperationFilter filter) {
        return "limit=" + filter.most()
                + filter.state().map(state -> "&state=" + AdminJson.name(state)).orElse("");
    }

    /**
     * The rows that changed since the page was told last. Its first rows are always the newest, so what is too many at its end goes;
     * another page stays where it is, by the id that it is before.
     */
    private void changes(Context context) {
        OperationFilter filter = OperationsResource.filter(context);
        List<Operation> all = operations.list();
        String state = Optional.ofNullable(context.queryParam("rows")).orElse("");
        long last = Numbers.id(context, "last").orElse(0L);
        Optional<RowChange<Operation>> change = changes.get(filter.state())
                .since(
                        state,
                        filter.inState(all),
                        filter.of(all),
                        operation -> filter.isBefore(operation) && operation.id() >= last);
        Optional<OperationsView> view = change.map(known -> view(filter, all, known.state()))
                .filter(now -> now.older().isEmpty() != "true".equals(context.queryParam("older")));
        if (view.isPresent()) {
            pages.fragment(context, "operationsChanges", Map.of("view", view.get(), "change", change.get()));
        } else {
            pages.whole(context, "#operations", "operationsTable", table(filter, all));
        }
    }

    private void show(Context context) {
        long id = OperationsResource.id(context);
        pages.page(
                context,
                "operation",
                frame(context, "Operation " + id),
                Map.of("id", id, "body", pages.part("operationBody", body(context))));
    }

    private Map<String, Object> body(Context context) {
        Operation operation = operations.get(OperationsResource.id(context));
        Frame frame = frame(context, "Operation");
        List<OperationLink> onward = links.of(operation, frame.operator());
        return Map.of(
                "frame",
                frame,
                "operation",
                operation,
                "links",
                onward,
                "gone",
                onward.isEmpty() ? OperationLinks.gone(operation).orElse("") : "");
    }

    private void cancel(Context context) {
        Operation asked = operations.cancel(OperationsResource.id(context));
        PageRenderer.seeOther(context, "/operations/" + asked.id());
    }
}
