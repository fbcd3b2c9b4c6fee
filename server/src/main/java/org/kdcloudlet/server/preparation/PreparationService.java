package org.kdcloudlet.server.preparation;

import java.nio.channels.ByteChannel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.server.background.Workers;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.catalog.CatalogListener;
import org.kdcloudlet.server.catalog.CatalogSettings;
import org.kdcloudlet.server.catalog.ImageService;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.error.HypervisorErrors;
import org.kdcloudlet.server.instance.MachineOwner;
import org.kdcloudlet.server.instance.MachineRoom;
import org.kdcloudlet.server.operation.Events;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.Operations;
import org.kdcloudlet.server.preparation.Preparation.Start;

/** The preparations of this cloudlet. Closing leaves their machines running. */
public final class PreparationService implements Preparations, MachineOwner, CatalogListener, AutoCloseable {
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final PreparationRegistry registry;
    private final Catalog catalog;
    private final ImageService images;
    private final Operations operations;
    private final Supplier<CatalogSettings> settings;
    private final MachineRoom room;
    private final Clock clock;
    private final CdromFiles cdroms;
    private final StartCheck starts;
    private final PreparationAttention attention;
    private final PreparationEnds ends;
    private final BeginPreparation beginning;
    private final SavePreparation saving;
    private final DiscardPreparation discarding;
    private final Workers workers = new Workers("preparations", 2);

    /**
     * What it works with.
     *
     * @param ports host ports of machines, of which those here need none
     * @param work folder for disks on their way, on the file system of the images
     * @param importFolder where ISO files are found; empty: nowhere
     */
    public record Parts(
            PreparationRegistry registry,
            Catalog catalog,
            ImageService images,
            Hypervisor hypervisor,
            MachineRoom room,
            Operations operations,
            Events events,
            HostPorts ports,
            Path work,
            Optional<Path> importFolder,
            Clock clock) {}

    public PreparationService(Parts parts, Supplier<CatalogSettings> settings) {
        this.registry = parts.registry();
        this.catalog = parts.catalog();
        this.images = parts.images();
        this.operations = parts.operations();
        this.settings = settings;
        this.room = parts.room();
        this.clock = parts.clock();
        this.cdroms = new CdromFiles(parts.importFolder());
        this.starts = new StartCheck(cdroms, () -> settings.get().imageLimits());
        this.attention = new PreparationAttention(clock);
        this.ends = new PreparationEnds(registry, room, catalog, parts.events(), workers);
        this.beginning = new BeginPreparation(parts.hypervisor(), images, room, registry, ends, parts.ports());
        this.saving = new SavePreparation(images, ends, parts.work());
        this.discarding = new DiscardPreparation(operations, registry, ends);
    }

    @Override
    public boolean adopt(Machine machine) {
        Optional<LivePreparation> known = registry.byId(machine.id());
        known.ifPresent(preparation -> {
            room.count(machine.id(), machine.request().spec());
            preparation.attach(machine);
            preparation.attended();
            // Who looked at it before is not on record.
            preparation.attend(clock.instant());
            ends.watch(preparation, machine);
            ends.tell("adopted", preparation, "goes on after a restart of the server");
        });
        return known.isPresent();
    }

    @Override
    public void adopted() {
        registry.repository().all().stream().filter(row -> !row.begun()).forEach(row -> registry.repository()
                .remove(row.id()));
        for (LivePreparation preparation : registry.all()) {
            if (preparation.machine().isEmpty()) {
                ends.fail(preparation, "Its machine ended while no server ran, and what was done in it is lost.");
            }
        }
        workers.every(LOOK, "look at preparations", this::look);
    }

    /** Tells of guests that switched themselves off, or were started again. */
    private void look() {
        for (LivePreparation preparation : registry.all()) {
            preparation.changedState().ifPresent(state -> {
                String name = state.name().toLowerCase(Locale.ROOT).replace('_', '-');
                ends.tell(name, preparation, "is " + name.replace('-', ' '));
            });
        }
    }

    @Override
    public List<Preparation> list() {
        return registry.all().stream().map(LivePreparation::shown).toList();
    }

    @Override
    public List<String> cdroms() {
        return cdroms.names();
    }

    @Override
    public Optional<Preparation> find(String serviceId) {
        return registry.find(catalog.get(serviceId).id()).map(LivePreparation::shown);
    }

    @Override
    public Preparation get(String serviceId) {
        return live(serviceId).shown();
    }

    private LivePreparation live(String serviceId) {
        return registry.find(catalog.get(serviceId).id())
                .orElseThrow(() -> new CloudletException(
                        ErrorCode.PREPARATION_UNKNOWN, "No image of " + serviceId + " is being prepared"));
    }

    @Override
    public Operation begin(String serviceId, Start start) {
        Service service = catalog.get(serviceId);
        Optional<Path> cdrom = starts.check(start);
        start.version().ifPresent(version -> images.image(service, version));
        LivePreparation preparation = LivePreparation.begun(service.id(), start, clock.instant());
        if (!registry.add(preparation)) {
            throw new CloudletException(
                    ErrorCode.CONFLICT,
                    "An image of " + serviceId + " is being prepared already; save or discard that first");
        }
        try (Reverter undo = new Reverter()) {
            undo.add("forget preparation " + preparation.id(), () -> registry.remove(preparation));
            registry.repository().add(preparation);
            undo.add("remove preparation " + preparation.id(), () -> registry.repository()
                    .remove(preparation.id()));
            Operation operation = preparation.beginBy(() -> operations.start(
                    BEGIN,
                    serviceId,
                    settings.get().importDeadline(),
                    context -> beginning.run(context, service, preparation, cdrom)));
            undo.commit();
            return operation;
        }
    }

    @Override
    public Operation save(String serviceId, boolean force) {
        LivePreparation preparation = live(serviceId);
        return preparation
                .saveBy(() -> operations.start(
                        SAVE,
                        serviceId,
                        settings.get().importDeadline(),
                        context -> saving.run(context, preparation, force)))
                .orElseThrow(() -> unfit(preparation));
    }

    private static CloudletException unfit(LivePreparation preparation) {
        String why =
                switch (preparation.shown().state()) {
                    case STARTING -> "It does not run yet; wait a moment";
                    case SAVING -> "It is being saved; cancel that first, or wait until it has ended";
                    case FAILED -> "It has failed; discard it and begin again";
                    case RUNNING, PAUSED, POWERED_OFF -> "It was busy until now; try again";
                };
        return new CloudletException(ErrorCode.CONFLICT, why);
    }

    @Override
    public void discard(String serviceId) {
        discarding.run(live(serviceId));
    }

    @Override
    public Preparation restart(String serviceId) {
        LivePreparation preparation = live(serviceId);
        return translated(() -> preparation.use(machine -> {
                    machine.restart();
                    return preparation.shown();
                }))
                .orElseThrow(() -> unfit(preparation));
    }

    @Override
    public Preparation eject(String serviceId) {
        LivePreparation preparation = live(serviceId);
        return translated(() -> preparation.use(machine -> {
                    if (preparation.shown().cdrom().isPresent()) {
                        machine.ejectCdrom();
                        preparation.ejected();
                        registry.repository().ejected(preparation.id());
                        ends.tell("ejected", preparation, "has no CD-ROM any more");
                    }
                    return preparation.shown();
                }))
                .orElseThrow(() -> unfit(preparation));
    }

    @Override
    public byte[] screenshot(String serviceId) {
        LivePreparation preparation = live(serviceId);
        return look(preparation, Machine::screenshot);
    }

    @Override
    public ByteChannel openScreen(String serviceId) {
        attend(serviceId);
        LivePreparation preparation = live(serviceId);
        return look(preparation, Machine::openScreen);
    }

    private static <T> T look(LivePreparation preparation, Function<Machine, T> work) {
        Machine machine = preparation.visibleMachine().orElseThrow(() -> unfit(preparation));
        return translated(() -> work.apply(machine));
    }

    private static <T> T translated(Supplier<T> work) {
        try {
            return work.get();
        } catch (HypervisorException e) {
            throw HypervisorErrors.translate(e);
        }
    }

    @Override
    public void attend(String serviceId) {
        catalog.find(serviceId)
                .flatMap(service -> registry.find(service.id()))
                .ifPresent(preparation -> preparation.attend(clock.instant()));
    }

    @Override
    public Optional<String> attention(Preparation preparation) {
        return attention.of(preparation);
    }

    @Override
    public void changed(String service) {
        // what runs keeps the hardware that it has
    }

    @Override
    public void removed(String service) {
        registry.find(service)
                .ifPresent(preparation ->
                        workers.run("discard the preparation of a removed service", () -> discarding.run(preparation)));
    }

    @Override
    public void close() {
        workers.close();
    }
}
