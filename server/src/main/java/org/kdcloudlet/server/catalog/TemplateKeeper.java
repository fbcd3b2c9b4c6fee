package org.kdcloudlet.server.catalog;

import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.Events;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationContext;
import org.kdcloudlet.server.operation.Operations;

/** Sees to it that the current image version of each service has a template, and that no template stays that nobody needs. */
final class TemplateKeeper {
    private record VersionId(String service, int number) {
        static VersionId of(ImageVersion version) {
            return new VersionId(version.service(), version.number());
        }
    }

    private final CatalogService catalog;
    private final VersionStore versions;
    private final Templates templates;
    private final TemplateMaker maker;
    private final Operations operations;
    private final Events events;
    private final Supplier<Duration> deadline;
    private final Set<VersionId> preparing = ConcurrentHashMap.newKeySet();

    TemplateKeeper(
            CatalogService catalog,
            VersionStore versions,
            Templates templates,
            TemplateMaker maker,
            Operations operations,
            Events events,
            Supplier<Duration> deadline) {
        this.catalog = catalog;
        this.versions = versions;
        this.templates = templates;
        this.maker = maker;
        this.operations = operations;
        this.events = events;
        this.deadline = deadline;
    }

    boolean isPreparing(ImageVersion version) {
        return preparing.contains(VersionId.of(version));
    }

    /**
     * Makes the template of a version.
     *
     * @param use whether the service is to be started from the version then
     * @throws CloudletException CONFLICT when it is being made already
     */
    Operation prepare(Service service, ImageVersion version, Predicate<Service> use) {
        if (!note(version)) {
            throw beingMade(version);
        }
        return begin(service, version, use);
    }

    /** Notes that a version is being prepared; false when it is already. */
    private boolean note(ImageVersion version) {
        return preparing.add(VersionId.of(version));
    }

    /** Of a version that was noted: there is one operation for it, however long that takes to begin. */
    private Operation begin(Service service, ImageVersion version, Predicate<Service> use) {
        try {
            return operations.start(
                    Images.PREPARE,
                    service.serviceId(),
                    deadline.get(),
                    context -> prepareNoted(context, service.id(), version, unchanged -> {}, use));
        } catch (RuntimeException e) {
            preparing.remove(VersionId.of(version));
            throw e;
        }
    }

    /** {@link #prepare} as a part of another operation. */
    void prepare(OperationContext context, String id, ImageVersion version, Predicate<Service> use) {
        prepare(context, id, version, service -> {}, use);
    }

    /**
     * The same, with something done before that may bring the template.
     *
     * @param first while nobody else makes one
     */
    void prepare(
            OperationContext context,
            String id,
            ImageVersion version,
            Consumer<Service> first,
            Predicate<Service> use) {
        if (!note(version)) {
            throw beingMade(version);
        }
        prepareNoted(context, id, version, first, use);
    }

    private void prepareNoted(
            OperationContext context,
            String id,
            ImageVersion version,
            Consumer<Service> first,
            Predicate<Service> use) {
        try {
            first.accept(service(id));
            Service service = service(id);
            if (service.definition().cloned()) {
                maker.make(context, service, version);
            }
            try {
                context.commit();
                if (use.test(service(id))) {
                    versions.use(version);
                    tell("image.current", version, "is used from now on");
                }
            } finally {
                prepared(service, version);
            }
        } finally {
            preparing.remove(VersionId.of(version));
        }
        catalog.changed(id);
    }

    /** Last of all: a version that is not on record as prepared is gone on with after a crash. */
    private void prepared(Service service, ImageVersion version) {
        if (service.definition().cloned()) {
            maker.ready(service, version);
        } else {
            settle(version, TemplateState.NONE, templates.key(service, version));
        }
    }

    static CloudletException beingMade(ImageVersion version) {
        return new CloudletException(
                ErrorCode.CONFLICT, "The template of image version " + version.number() + " is being made already");
    }

    private Service service(String id) {
        return catalog.byId(id).orElseThrow(TemplateKeeper::removedMeanwhile);
    }

    static CloudletException removedMeanwhile() {
        return new CloudletException(ErrorCode.SERVICE_UNKNOWN, "The service was removed meanwhile");
    }

    /** Has the current version's template made if there is none, unless that was tried in vain. */
    void ensure(String id) {
        Optional<Service> service = catalog.byId(id);
        if (service.isEmpty()) {
            return;
        }
        for (ImageVersion version : versions.of(id)) {
            if (isPreparing(version)) {
                continue;
            }
            boolean current = service.get().isStartedFrom(version.number());
            if (service.get().definition().cloned() && current) {
                ensureCurrent(service.get(), version);
            } else if (current || version.template() != TemplateState.PREPARING) {
                forgetOutdated(service.get(), version);
            }
        }
    }

    private void forgetOutdated(Service service, ImageVersion version) {
        TemplateKey key = templates.key(service, version);
        if (version.template() == TemplateState.PREPARING
                || !version.templateKey().equals(Optional.of(key))) {
            settle(version, TemplateState.NONE, key);
        }
    }

    private void ensureCurrent(Service service, ImageVersion version) {
        TemplateKey key = templates.key(service, version);
        if (version.template() == TemplateState.FAILED && version.templateKey().equals(Optional.of(key))) {
            // tried in vain
            return;
        }
        boolean exists = templates.find(service, version).isPresent();
        if (exists && !maker.isOnlyOfOthers(service, key)) {
            if (settle(version, TemplateState.READY, key)) {
                catalog.changed(service.id());
            }
        } else if (!version.broken()) {
            if (version.template() == TemplateState.READY && !exists) {
                tell(
                        "template.outdated",
                        version,
                        "gets a new template: the former is gone, or was made for another program, hypervisor or machine."
                                + " Starts boot from the image until then");
            }
            settle(version, TemplateState.NONE, key);
            if (note(version)) {
                begin(service, version, unused -> false);
            }
        }
    }

    private boolean settle(ImageVersion version, TemplateState state, TemplateKey key) {
        if (version.template() == state) {
            return false;
        }
        versions.update(version, known -> known.withTemplate(state, Optional.of(key), Optional.empty()));
        return true;
    }

    /** Removes the templates that no version needs. */
    void sweep() {
        Set<TemplateKey> wanted = new HashSet<>();
        for (Service service : catalog.list()) {
            if (!service.definition().cloned()) {
                continue;
            }
            versions.of(service.id()).forEach(version -> wanted.add(templates.key(service, version)));
        }
        templates.keepOnly(wanted);
    }

    /** Tells others of something about a version. */
    void tell(String type, ImageVersion version, String what) {
        String serviceId =
                catalog.byId(version.service()).map(Service::serviceId).orElse(version.service());
        events.publish(
                type,
                Map.of("service", serviceId, "version", Integer.toString(version.number())),
                "Image version " + version.number() + " of service " + serviceId + " " + what);
    }
}
