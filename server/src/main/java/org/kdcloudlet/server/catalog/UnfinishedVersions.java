package org.kdcloudlet.server.catalog;

import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.Operations;

/**
 * Image versions that an earlier server was preparing when it ended. They are gone on with, and the operations that had stored them say
 * so: whoever looks at one of those has not to think of what to do.
 */
final class UnfinishedVersions {
    private final CatalogService catalog;
    private final VersionStore versions;
    private final TemplateKeeper keeper;
    private final Operations operations;
    private volatile List<ImageVersion> unfinished = List.of();

    UnfinishedVersions(CatalogService catalog, VersionStore versions, TemplateKeeper keeper, Operations operations) {
        this.catalog = catalog;
        this.versions = versions;
        this.keeper = keeper;
        this.operations = operations;
    }

    /** To be called before this server prepares any. */
    void find() {
        unfinished = versions.all().stream()
                .filter(version -> version.template() == TemplateState.PREPARING)
                .toList();
    }

    void goOn() {
        unfinished.forEach(this::goOn);
        operations.list().stream()
                .filter(operation -> operation
                        .error()
                        .filter(error -> error.code() == ErrorCode.SERVER_RESTARTED)
                        .isPresent())
                .forEach(this::explain);
    }

    /** One that is in use already is the keeper's. */
    private void goOn(ImageVersion version) {
        Optional<Service> service = catalog.byId(version.service());
        Optional<ImageVersion> known = versions.find(version.service(), version.number());
        if (service.isEmpty() || known.isEmpty() || isUsed(service.get(), version) || keeper.isPreparing(version)) {
            return;
        }
        if (known.get().broken()) {
            versions.update(
                    version, broken -> broken.withTemplate(TemplateState.NONE, broken.templateKey(), broken.problem()));
            return;
        }
        Operation operation =
                keeper.prepare(service.get(), version, now -> now.imageVersion().orElse(0) < version.number());
        said(service.get(), version)
                .forEach(cutOff -> operations.explain(
                        cutOff.id(),
                        stored(version) + "; operation " + operation.id() + " prepares it, and it is used then."));
    }

    private static boolean isUsed(Service service, ImageVersion version) {
        return service.imageVersion().equals(Optional.of(version.number()));
    }

    private List<Operation> said(Service service, ImageVersion version) {
        return operations.list().stream()
                .filter(operation -> operation.target().equals(service.serviceId())
                        && operation.result().equals(Optional.of(Integer.toString(version.number()))))
                .toList();
    }

    private static String stored(ImageVersion version) {
        return "The server was restarted meanwhile. Image version " + version.number() + " is stored";
    }

    /** The end of the server came after all was done, but for saying so. */
    private void explain(Operation cutOff) {
        for (Service service : catalog.find(cutOff.target()).stream().toList()) {
            versions.of(service.id()).stream()
                    .filter(version -> isUsed(service, version)
                            && cutOff.result().equals(Optional.of(Integer.toString(version.number()))))
                    .forEach(version -> operations.explain(cutOff.id(), stored(version) + ", and used."));
        }
    }
}
