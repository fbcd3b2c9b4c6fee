package org.kdcloudlet.server.catalog;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.Operations;

/**
 * Image versions that an earlier server was preparing when it ended. They are gone on with, and the operations that had stored them say
 * so: whoever looks at one of those has not to think of what to do. Those that had added a service with its first version say that.
 */
final class UnfinishedVersions {
    private static final String RESTARTED = "The server was restarted meanwhile. ";

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

    /** @param others internal id of the service of what an operation was for, when that is no service */
    void goOn(Function<String, Optional<String>> others) {
        List<CutOff> cutOff = operations.list().stream()
                .filter(operation -> operation
                        .error()
                        .filter(error -> error.code() == ErrorCode.SERVER_RESTARTED)
                        .isPresent())
                .map(operation -> new CutOff(operation, service(operation, others)))
                .toList();
        unfinished.forEach(version -> goOn(version, cutOff));
        cutOff.forEach(this::explain);
    }

    /** An operation that the end of the server cut off, and the service that it was for. */
    private record CutOff(Operation operation, Optional<Service> service) {
        boolean isOf(Service known) {
            return service.filter(own -> own.id().equals(known.id())).isPresent();
        }

        boolean stored(ImageVersion version) {
            return operation.result().equals(Optional.of(Integer.toString(version.number())))
                    && !version.created().isBefore(operation.created());
        }
    }

    private Optional<Service> service(Operation operation, Function<String, Optional<String>> others) {
        return catalog.find(operation.target())
                .or(() -> others.apply(operation.target()).flatMap(catalog::byId));
    }

    /** One that is in use already is the keeper's. */
    private void goOn(ImageVersion version, List<CutOff> cutOff) {
        Optional<Service> service = catalog.byId(version.service());
        Optional<ImageVersion> known = versions.find(version.service(), version.number());
        if (service.isEmpty()
                || known.isEmpty()
                || service.get().isStartedFrom(version.number())
                || keeper.isPreparing(version)) {
            return;
        }
        if (known.get().broken()) {
            versions.update(
                    version, broken -> broken.withTemplate(TemplateState.NONE, broken.templateKey(), broken.problem()));
            return;
        }
        Operation operation =
                keeper.prepare(service.get(), version, now -> now.imageVersion().orElse(0) < version.number());
        cutOff.stream()
                .filter(one -> one.isOf(service.get()) && one.stored(version))
                .forEach(one -> operations.explain(
                        one.operation().id(),
                        stored(version) + "; operation " + operation.id() + " prepares it, and it is used then."));
    }

    private static String stored(ImageVersion version) {
        return RESTARTED + "Image version " + version.number() + " is stored";
    }

    /** The end of the server came after all was done, but for saying so, or while a service that was added was tried out. */
    private void explain(CutOff cutOff) {
        Operation operation = cutOff.operation();
        for (Service service : cutOff.service().stream().toList()) {
            versions.of(service.id()).stream()
                    .filter(version -> service.isStartedFrom(version.number()) && cutOff.stored(version))
                    .forEach(version -> operations.explain(operation.id(), stored(version) + ", and used."));
        }
        operation
                .result()
                .flatMap(catalog::find)
                .filter(added -> !added.created().isBefore(operation.created()))
                .ifPresent(added -> operations.explain(
                        operation.id(),
                        RESTARTED + "Service " + added.serviceId()
                                + " is added with its image; whether it comes up was not seen to the end."));
    }
}
