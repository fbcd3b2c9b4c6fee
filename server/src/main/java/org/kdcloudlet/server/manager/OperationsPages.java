package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import org.kdcloudlet.server.manager.page.Frame;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.Operations;

/** {@code /operations}: everything that takes long. */
final class OperationsPages {
    private static final String ONE = "/operations/{id}";

    private final Operations operations;
    private final PageRenderer pages;

    OperationsPages(Operations operations, PageRenderer pages) {
        this.operations = operations;
        this.pages = pages;
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.get("/operations", this::list),
                AdminRoute.get("/operations/table", context -> pages.fragment(context, "operationsTable", table())),
                AdminRoute.get(ONE, this::show),
                AdminRoute.get(ONE + "/body", context -> pages.fragment(context, "operationBody", body(context))),
                AdminRoute.post(ONE + "/cancel", this::cancel));
    }

    private Frame frame(Context context, String title) {
        return pages.frame(context, title, "operations");
    }

    private void list(Context context) {
        pages.page(
                context,
                "operations",
                frame(context, "Operations"),
                Map.of("table", pages.part("operationsTable", table())));
    }

    private Map<String, Object> table() {
        return Map.of("operations", operations.list());
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
        return Map.of("frame", frame(context, "Operation"), "operation", operation);
    }

    private void cancel(Context context) {
        Operation asked = operations.cancel(OperationsResource.id(context));
        PageRenderer.seeOther(context, "/operations/" + asked.id());
    }
}
