package org.kdcloudlet.server.manager;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.catalog.Images;
import org.kdcloudlet.server.catalog.Packages;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.manager.page.OperationLink;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationState;

/** Where the page of an operation that has ended leads: to what it was about, as long as that exists. */
final class OperationLinks {
    private static final String PREPARATION = "preparation.";

    private final Catalog catalog;
    private final Instances instances;

    OperationLinks(Catalog catalog, Instances instances) {
        this.catalog = catalog;
        this.instances = instances;
    }

    /** The first is what one wants most likely. */
    List<OperationLink> of(Operation operation, boolean operator) {
        if (!operation.state().ended()) {
            return List.of();
        }
        if (isOfInstance(operation)) {
            return instances.find(UUID.fromString(operation.target())).isEmpty()
                    ? List.of()
                    : List.of(new OperationLink("To the instance", "/instances/" + operation.target()));
        }
        return serviceOf(operation)
                .filter(id -> catalog.find(id).isPresent())
                .map(id -> ofService(operation, id, operator))
                .orElse(List.of());
    }

    /** In words, that what it was about is no more, of one that leads nowhere; empty when it was about nothing that could be led to. */
    static Optional<String> gone(Operation operation) {
        if (!operation.state().ended()) {
            return Optional.empty();
        }
        return isOfInstance(operation)
                ? Optional.of("The instance " + operation.target() + " is gone.")
                : serviceOf(operation).map(id -> "There is no service " + id + " any more.");
    }

    private static boolean isOfInstance(Operation operation) {
        return operation.kind().startsWith("snapshot.") || operation.kind().equals(Instances.SAVE);
    }

    private static Optional<String> serviceOf(Operation operation) {
        String kind = operation.kind();
        if (kind.equals(Packages.IMPORT)) {
            return operation.result();
        }
        return kind.startsWith("image.") || kind.startsWith(PREPARATION) || kind.equals(Packages.EXPORT)
                ? Optional.of(operation.target())
                : Optional.empty();
    }

    private static List<OperationLink> ofService(Operation operation, String id, boolean operator) {
        List<OperationLink> links = new ArrayList<>();
        String service = "/services/" + id;
        if (operator && hasUnpreparedVersion(operation)) {
            links.add(new OperationLink(
                    "Prepare it interactively",
                    service + "/preparation?version=" + operation.result().orElseThrow()));
        }
        links.add(new OperationLink("To the service", service));
        if (operation.kind().startsWith(PREPARATION) && operation.result().isEmpty()) {
            links.add(new OperationLink("To the preparation", service + "/preparation"));
        }
        return links;
    }

    /** Of an import that failed, the image is kept when it could be stored. */
    private static boolean hasUnpreparedVersion(Operation operation) {
        boolean stored = operation.kind().equals(Images.STORE) && operation.state() == OperationState.SUCCEEDED;
        boolean kept = operation.kind().equals(Images.IMPORT) && operation.state() == OperationState.FAILED;
        return (stored || kept) && operation.result().isPresent();
    }
}
