package org.kdcloudlet.server.catalog;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.server.background.Workers;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.Events;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationContext;
import org.kdcloudlet.server.operation.Operations;

/**
 * Imports images and keeps the template of each current version usable: whatever makes it unusable (an upgrade of the hypervisor,
 * another machine, a lost file), it is made anew in the background.
 */
public final class ImageService implements Images, CatalogListener, AutoCloseable {
    private final CatalogService catalog;
    private final Operations operations;
    private final Supplier<CatalogSettings> settings;
    private final VersionStore versions;
    private final ImageFiles files;
    private final SavedImages saved;
    private final Templates templates;
    private final TemplateKeeper keeper;
    private final UnfinishedVersions unfinished;
    private final ImageEviction eviction;
    private final PackagedImport packaged;
    private final ImageImport imports;
    private final Workers workers = new Workers("images", 1);

    public ImageService(
            CatalogService catalog,
            Hypervisor hypervisor,
            Operations operations,
            Events events,
            ServiceUsage usage,
            ImageSurroundings surroundings) {
        this.catalog = catalog;
        this.operations = operations;
        this.settings = surroundings.settings();
        this.versions = new VersionStore(catalog, surroundings.clock());
        this.files = new ImageFiles(surroundings.folder(), versions);
        this.templates = new Templates(hypervisor, files);
        TemplateMaker maker =
                new TemplateMaker(hypervisor, files, versions, templates, surroundings.preparationPorts(), events);
        this.keeper = new TemplateKeeper(catalog, versions, templates, maker, operations, events, () -> settings.get()
                .importDeadline());
        this.unfinished = new UnfinishedVersions(catalog, versions, keeper, operations);
        this.eviction = new ImageEviction(catalog, versions, usage, settings, surroundings.host(), keeper::isPreparing);
        this.imports = new ImageImport(hypervisor, settings, versions, files, keeper, eviction);
        StartTrial trial = new StartTrial(hypervisor, files, surroundings.preparationPorts());
        TemplateImport carried = new TemplateImport(hypervisor, files, templates, trial, surroundings);
        this.packaged = new PackagedImport(new PackagedImport.Parts(
                catalog, hypervisor, settings, versions, files, templates, keeper, eviction, trial, carried));
        this.saved = new SavedImages(files, imports::importSaved, packaged, this::sweepSoon);
        catalog.listen(this);
    }

    /**
     * Makes folder and database agree after whatever ended the server before; to be called once, before any start. Nothing is
     * asked of the hypervisor yet, whose machines were not adopted: that is for {@link #begin}.
     *
     * @param uploads folder of uploads that were not imported; it is emptied
     */
    public void reconcile(Path uploads) {
        ImageFiles.empty(uploads);
        files.sweep();
        for (ImageVersion version : versions.all()) {
            versions.update(version, known -> known.withFile(files.problem(known)));
        }
        unfinished.find();
    }

    /**
     * Begins to make templates that are missing or unfinished, and to remove what is not needed; to be called once machines were adopted.
     * @param others internal id of the service of what an operation was for, when that is no service
     */
    public void begin(Function<String, Optional<String>> others) {
        workers.run("look after templates", () -> {
            unfinished.goOn(others);
            catalog.list().forEach(service -> keeper.ensure(service.id()));
            keeper.sweep();
        });
        workers.every(ImageEviction.LOOK, "remove old image versions", this::evict);
    }

    /**
     * What an instance of a service would be started from now.
     *
     * @throws CloudletException SERVICE_WITHOUT_IMAGE; IMAGE_INVALID when neither image nor template can be used
     */
    public StartSource source(Service service) {
        int number = service.imageVersion()
                .orElseThrow(() -> new CloudletException(
                        ErrorCode.SERVICE_WITHOUT_IMAGE,
                        "Service " + service.serviceId() + " has no image yet; import one"));
        ImageVersion version = versions.get(service, number);
        Optional<Template> template = templates.find(service, version);
        if (template.isEmpty() && version.template() == TemplateState.READY) {
            workers.run("look after a template", () -> keeper.ensure(service.id()));
        }
        if (template.isEmpty() && version.broken()) {
            throw new CloudletException(
                    ErrorCode.IMAGE_INVALID,
                    "The image of service " + service.serviceId() + " cannot be used: "
                            + version.problem().orElse("it is broken") + "; import it again");
        }
        return new StartSource(service, version, files.image(version), template);
    }

    /** Whether a source is still what its service is started from. */
    public boolean isCurrent(StartSource source) {
        return catalog.byId(source.service().id())
                .filter(service -> service.imageVersion()
                        .equals(Optional.of(source.version().number())))
                .isPresent();
    }

    /** Notes that a template could not be cloned: it is looked at again, and made anew if it is gone. */
    public void doubt(Template template, Service service) {
        templates.doubt(template);
        workers.run("look after a template", () -> keeper.ensure(service.id()));
    }

    @Override
    public Operation importImage(String serviceId, ImageSource source) {
        return begin(IMPORT, serviceId, source, imports::importAndPrepare);
    }

    @FunctionalInterface
    private interface Import {
        void run(OperationContext context, Service service, ImageSource source);
    }

    private Operation begin(String kind, String serviceId, ImageSource source, Import work) {
        Service service = catalog.get(serviceId);
        Operations.Job job = context -> {
            try {
                work.run(context, service, source);
            } finally {
                sweepSoon();
            }
        };
        return operations.start(
                kind, serviceId, settings.get().importDeadline(), source.file().readBy(job));
    }

    /** The way in for disks of machines. */
    public SavedImages saved() {
        return saved;
    }

    @Override
    public Operation store(String serviceId, ImageSource source) {
        return begin(STORE, serviceId, source, imports::store);
    }

    /**
     * Takes over a disk that was saved from a machine as a new version of a service's image; it is neither prepared nor used yet.
     *
     * @param id internal id of the service
     * @param disk a qcow2 file on the file system of the images; it is gone afterwards, whatever came of it
     */
    public ImageVersion keep(OperationContext context, String id, Path disk) {
        return imports.keep(context, id, disk);
    }

    /** Makes the template of a version that was kept, as a part of another operation, and starts the service from it then. */
    public void prepareKept(OperationContext context, ImageVersion version) {
        imports.prepareKept(context, version);
    }

    /**
     * The image of a version.
     *
     * @throws CloudletException IMAGE_VERSION_UNKNOWN; IMAGE_INVALID when its file is broken
     */
    public DiskImage image(Service service, int number) {
        return files.image(usable(service, number));
    }

    /** Imports the image of a service that is added with it, as a part of another operation. */
    void importPackaged(OperationContext context, ServiceDefinition definition, PackagedImport.Disk disk) {
        try {
            packaged.run(context, definition, disk);
        } finally {
            sweepSoon();
        }
    }

    @Override
    public Optional<String> attention(Service service) {
        return service.imageVersion()
                .flatMap(number -> versions.find(service.id(), number))
                .filter(version -> version.broken() || version.template() == TemplateState.FAILED)
                .flatMap(version -> version.broken() ? Optional.of(needed(version)) : version.problem());
    }

    /** As after a restore without images. */
    private static String needed(ImageVersion version) {
        return version.problem().orElse("The image file cannot be used") + ". Import the image again: SHA-256 "
                + version.sha256() + ", " + version.fileBytes() + " bytes, "
                + version.format().name().toLowerCase(Locale.ROOT) + "; or another version of it.";
    }

    @Override
    public List<ImageVersion> versions(String serviceId) {
        return versions.of(catalog.get(serviceId).id());
    }

    @Override
    public Operation prepare(String serviceId, int number) {
        Service service = catalog.get(serviceId);
        ImageVersion version = usable(service, number);
        if (keeper.isPreparing(version)) {
            throw TemplateKeeper.beingMade(version);
        }
        if (!service.definition().cloned() && version.problem().isPresent()) {
            return operations.start(
                    PREPARE,
                    serviceId,
                    settings.get().importDeadline(),
                    context -> packaged.tryAgain(context, service, version));
        }
        return keeper.prepare(service, version, known -> !known.isStartedFrom(number));
    }

    private ImageVersion usable(Service service, int number) {
        ImageVersion version = versions.get(service, number);
        if (version.broken()) {
            throw new CloudletException(
                    ErrorCode.IMAGE_INVALID,
                    "Image version " + number + " cannot be used: "
                            + version.problem().orElse("it is broken") + "; import it again");
        }
        return version;
    }

    @Override
    public Service use(String serviceId, int number) {
        Service service = catalog.get(serviceId);
        ImageVersion version = usable(service, number);
        Service changed = versions.use(version);
        keeper.tell("image.current", version, "is used from now on");
        catalog.changed(service.id());
        return changed;
    }

    @Override
    public void remove(String serviceId, int number) {
        ImageVersion version = versions.get(catalog.get(serviceId), number);
        if (!eviction.removeUnlessNeeded(version)) {
            throw new CloudletException(
                    ErrorCode.IMAGE_VERSION_IN_USE,
                    "Image version " + number + " of " + serviceId
                            + " is the current one, being prepared, or an instance runs from it");
        }
        keeper.tell("image.removed", version, "was removed");
        sweepSoon();
    }

    @Override
    public void changed(String id) {
        workers.run("look after a template", () -> keeper.ensure(id));
    }

    @Override
    public void removed(String id) {
        versions.forget(id);
        sweepSoon();
    }

    private void sweepSoon() {
        workers.run("remove what no version needs", this::sweep);
    }

    private void sweep() {
        files.sweep();
        keeper.sweep();
    }

    void evict() {
        if (eviction.evict()) {
            sweep();
        }
    }

    @Override
    public void close() {
        workers.close();
    }
}
