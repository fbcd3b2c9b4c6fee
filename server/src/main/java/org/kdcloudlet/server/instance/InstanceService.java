package org.kdcloudlet.server.instance;

import java.nio.channels.ByteChannel;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineUsage;
import org.kdcloudlet.server.background.Workers;
import org.kdcloudlet.server.catalog.CatalogListener;
import org.kdcloudlet.server.catalog.CatalogService;
import org.kdcloudlet.server.catalog.ImageService;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.HypervisorErrors;
import org.kdcloudlet.server.host.HostResources;
import org.kdcloudlet.server.operation.Events;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.Operations;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The instances of this cloudlet, with the pools that make starts quick. Closing leaves all machines running. */
public final class InstanceService implements Instances, CatalogListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(InstanceService.class);

    private final CatalogService catalog;
    private final InstanceRegistry registry;
    private final WarmPool pool;
    private final Admission admission;
    private final InstanceEnds ends;
    private final Starter starter;
    private final InstanceControl control;
    private final Snapshots snapshots;
    private final SaveInstance save;
    private final PoolKeeper pools;
    private final InstanceKeeper keeper;
    private final Adopter adopter;
    private final StartGate gate;
    private final List<MachineOwner> others = new CopyOnWriteArrayList<>();
    private final List<StartListener> listeners = new CopyOnWriteArrayList<>();
    private final Workers workers = new Workers("instances", 2);

    public InstanceService(
            InstanceRegistry registry,
            CatalogService catalog,
            ImageService images,
            Hypervisor hypervisor,
            HostResources host,
            Operations operations,
            Events events,
            Supplier<InstanceSettings> settings,
            Clock clock) {
        this.catalog = catalog;
        this.registry = registry;
        this.gate = new StartGate(() -> settings.get().poolQuiet());
        this.pool = new WarmPool(registry, settings.get().hostPorts());
        this.admission = new Admission(settings, host, registry, pool);
        MachineMaker machines = new MachineMaker(hypervisor, images, settings);
        this.pools =
                new PoolKeeper(catalog, images, registry, pool, admission, machines, gate, events, () -> settings.get()
                        .poolQuiet());
        this.ends = new InstanceEnds(registry, hypervisor, settings, events, clock, workers, pools::refillSoon);
        this.starter = new Starter(catalog, images, registry, pool, admission, machines, ends, events, settings, clock);
        this.control = new InstanceControl(registry, hypervisor, admission, ends, catalog, settings, events, clock);
        this.snapshots = new SnapshotService(
                registry,
                control,
                new RestoreInstance(registry, control, hypervisor, admission, catalog, settings),
                hypervisor,
                admission,
                operations,
                events,
                () -> settings.get().maxSnapshots());
        this.save = new SaveInstance(control, catalog, images.saved(), admission, operations);
        this.keeper = new InstanceKeeper(registry, pool, ends, host, settings, clock);
        this.adopter = new Adopter(hypervisor, catalog, registry, pools, ends, events, clock, others);
        catalog.listen(this);
    }

    /** Room in the limits on machines, for those that are no instances. */
    public MachineRoom room() {
        return admission;
    }

    /** Has somebody else take over machines that are no instances; to be called before {@link #begin()}. */
    public void shareAdoption(MachineOwner owner) {
        others.add(owner);
    }

    /** Takes over what an earlier server left and begins to fill pools; to be called once, before any start. */
    public void begin() {
        adopter.adopt();
        pools.begin();
        keeper.begin(workers);
    }

    @Override
    public Instance start(String serviceId, boolean join) {
        gate.begin();
        try {
            return told(() -> starter.start(serviceId, join));
        } finally {
            gate.end();
            pools.refillSoon();
        }
    }

    private Instance told(Supplier<Starter.Started> start) {
        long began = System.nanoTime();
        try {
            Starter.Started started = start.get();
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            listeners.forEach(listener -> listener.started(started.instance().kind(), started.joined(), took));
            return started.instance();
        } catch (CloudletException e) {
            listeners.forEach(listener -> listener.notStarted(e.code()));
            throw e;
        }
    }

    @Override
    public void listen(StartListener listener) {
        listeners.add(listener);
    }

    @Override
    public void stop(UUID id) {
        ends.leave(registry.get(id));
    }

    @Override
    public void remove(UUID id) {
        ends.remove(registry.get(id), "was removed");
    }

    /** Internal id of the service of an instance, by the text of the instance's id. */
    public Optional<String> serviceOf(String id) {
        return registry.all().stream()
                .map(LiveInstance::shown)
                .filter(instance -> instance.id().toString().equals(id))
                .map(Instance::service)
                .findFirst();
    }

    @Override
    public List<Instance> list() {
        return registry.all().stream().map(LiveInstance::shown).toList();
    }

    @Override
    public Optional<Instance> find(UUID id) {
        return registry.find(id).map(LiveInstance::shown);
    }

    @Override
    public Instance get(UUID id) {
        return registry.get(id).shown();
    }

    @Override
    public void attend(UUID id) {
        registry.find(id).ifPresent(keeper::attend);
    }

    @Override
    public void touch(UUID id) {
        registry.find(id).ifPresent(keeper::touch);
    }

    @Override
    public Instance pause(UUID id) {
        return control.pause(registry.get(id));
    }

    @Override
    public Instance resume(UUID id) {
        return control.resume(registry.get(id));
    }

    @Override
    public Instance suspend(UUID id) {
        return control.suspend(registry.get(id));
    }

    @Override
    public Instance wake(UUID id) {
        return control.wake(registry.get(id));
    }

    @Override
    public Snapshots snapshots() {
        return snapshots;
    }

    @Override
    public Operation save(UUID id, Optional<String> newServiceId) {
        return save.begin(registry.get(id), newServiceId);
    }

    @Override
    public String log(UUID id) {
        LiveInstance instance = registry.get(id);
        return instance.shown().failure().map(Instance.Failure::log).orElseGet(() -> instance.machine()
                .map(Machine::log)
                .orElse(""));
    }

    @Override
    public byte[] screenshot(UUID id) {
        return ofMachine(id, Machine::screenshot);
    }

    @Override
    public ByteChannel openScreen(UUID id) {
        return ofMachine(id, Machine::openScreen);
    }

    @Override
    public ByteChannel openSerialConsole(UUID id) {
        return ofMachine(id, Machine::openSerialConsole);
    }

    @Override
    public MachineUsage usage(UUID id) {
        return ofMachine(id, Machine::usage);
    }

    private <T> T ofMachine(UUID id, Function<Machine, T> question) {
        try {
            return question.apply(control.runningMachine(registry.get(id)));
        } catch (HypervisorException e) {
            throw HypervisorErrors.translate(e);
        }
    }

    @Override
    public List<PoolStatus> pools() {
        return catalog.list().stream()
                .filter(service -> service.definition().poolSize() > 0
                        && service.imageVersion().isPresent())
                .map(service -> pool.status(
                        service.id(), service.serviceId(), service.definition().poolSize()))
                .toList();
    }

    @Override
    public Capacity capacity() {
        return registry.locked(admission::capacity);
    }

    @Override
    public void changed(String service) {
        pools.changed(service);
    }

    @Override
    public void removed(String service) {
        pools.changed(service);
        for (LiveInstance instance : registry.all()) {
            if (instance.shown().service().equals(service) && instance.state() != InstanceState.FAILED) {
                try {
                    ends.remove(instance, "was stopped: its service was removed");
                } catch (CloudletException e) {
                    LOG.warn("instance {} of a removed service: {}", instance.id(), e.getMessage());
                }
            }
        }
    }

    /** One round of what is done in the background all the time; for tests. */
    void look() {
        keeper.look();
    }

    @Override
    public void close() {
        pools.close();
        workers.close();
    }
}
