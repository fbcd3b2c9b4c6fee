package org.kdcloudlet.hypervisor.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.kdcloudlet.hypervisor.Accelerator;
import org.kdcloudlet.hypervisor.Adoption;
import org.kdcloudlet.hypervisor.CarriedTemplate;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.DiskImages;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.HypervisorStatus;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.MachineSnapshot;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.PreparationMedia;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.Readiness;
import org.kdcloudlet.hypervisor.SuspendedMachine;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.hypervisor.TemplateFiles;
import org.kdcloudlet.hypervisor.TemplateKey;

/**
 * A hypervisor whose machines are objects of a {@link FakeWorld}. It keeps the contract of {@link Hypervisor}: nothing is
 * left of a call that failed, ports are taken and given back, machines outlive it.
 */
public final class FakeHypervisor implements Hypervisor {
    private final FakeWorld world;
    private final FakeDiskImages images;
    private final FakeTemplates templates;
    private final List<FakeMachine> machines = new ArrayList<>();
    private volatile boolean adopted;
    private volatile Consumer<FakeCall> observer = call -> {};

    FakeHypervisor(FakeWorld world) {
        this.world = world;
        this.images = new FakeDiskImages(this);
        this.templates = new FakeTemplates(world);
    }

    public FakeWorld world() {
        return world;
    }

    /** Has each call told before it is made; by throwing a {@link FakeCrash} the observer keeps it from being made. */
    public void observe(Consumer<FakeCall> newObserver) {
        observer = newObserver;
    }

    void enter(FakeCall call) {
        observer.accept(call);
        world.enter(call);
    }

    @Override
    public HypervisorStatus status() {
        return new HypervisorStatus("Fake", world.version(), Accelerator.TCG, "It is not real", List.of());
    }

    @Override
    public DiskImages images() {
        return images;
    }

    @Override
    public Adoption adopt() {
        enter(FakeCall.ADOPT);
        List<Machine> running = new ArrayList<>();
        List<Adoption.Lost> lost = new ArrayList<>();
        synchronized (world) {
            for (FakeProcess process : List.copyOf(world.processes.values())) {
                running.add(machine(process));
            }
            world.lost.values().forEach(process -> lost.add(new Adoption.Lost(process.request, process.exit())));
            world.lost.clear();
        }
        adopted = true;
        return new Adoption(running, lost);
    }

    private void requireAdopted() {
        if (!adopted) {
            throw new HypervisorException(HypervisorError.WRONG_STATE, "Nothing can be started before adopt()");
        }
    }

    private synchronized FakeMachine machine(FakeProcess process) {
        FakeMachine machine = new FakeMachine(this, process);
        machines.add(machine);
        return machine;
    }

    @Override
    public Machine boot(MachineRequest request, DiskImage image) {
        return boot(request, image, false);
    }

    @Override
    public Machine bootFreezable(MachineRequest request, DiskImage image) {
        return boot(request, image, true);
    }

    private Machine boot(MachineRequest request, DiskImage image, boolean freezable) {
        enter(FakeCall.BOOT);
        requireAdopted();
        if (!image.file().toFile().isFile()) {
            throw new HypervisorException(HypervisorError.FAILED, "There is no image " + image.file());
        }
        return machine(new FakeProcess(world, request, freezable, image.sha256()));
    }

    @Override
    public Machine prepare(MachineRequest request, PreparationMedia media, Progress progress) {
        enter(FakeCall.PREPARE);
        requireAdopted();
        String image = media.disk() instanceof PreparationMedia.Existing existing
                ? existing.image().sha256()
                : "blank of " + ((PreparationMedia.Blank) media.disk()).bytes();
        FakeProcess process = new FakeProcess(world, request, false, image);
        process.attend(media.cdrom());
        return machine(process);
    }

    @Override
    public Machine edit(MachineRequest request, Template template) {
        enter(FakeCall.BOOT);
        requireAdopted();
        templates.require(template);
        return machine(new FakeProcess(world, request, true, template.image()));
    }

    @Override
    public Template freeze(Machine machine, Readiness readiness, int warmUps) {
        FakeProcess process = ((FakeMachine) machine).process;
        try {
            enter(FakeCall.FREEZE);
            if (!process.freezable) {
                throw new HypervisorException(HypervisorError.WRONG_STATE, "The machine was not made to be frozen");
            }
            machine.awaitReady(readiness);
        } catch (HypervisorException e) {
            process.end(new MachineExit(true, "It could not be frozen", ""));
            throw e;
        }
        return templates.freeze(process);
    }

    @Override
    public Optional<Template> template(TemplateKey key) {
        enter(FakeCall.TEMPLATE);
        synchronized (world) {
            return Optional.ofNullable(world.templates.get(key));
        }
    }

    @Override
    public List<Template> templates() {
        enter(FakeCall.TEMPLATE);
        synchronized (world) {
            return List.copyOf(world.templates.values());
        }
    }

    @Override
    public TemplateKey templateKey(DiskImage image, MachineSpec spec) {
        enter(FakeCall.TEMPLATE_KEY);
        return templates.key(image.sha256(), spec);
    }

    @Override
    public TemplateFiles open(Template template) {
        enter(FakeCall.OPEN_TEMPLATE);
        return templates.open(template);
    }

    @Override
    public Template take(CarriedTemplate carried, DiskImage image) {
        try {
            enter(FakeCall.TAKE_TEMPLATE);
        } catch (HypervisorException e) {
            FakeTemplates.discard(carried);
            throw e;
        }
        return templates.take(carried, image.sha256());
    }

    @Override
    public void remove(Template template) {
        enter(FakeCall.REMOVE_TEMPLATE);
        synchronized (world) {
            world.templates.remove(template.key());
        }
    }

    @Override
    public Machine clone(MachineRequest request, Template template) {
        enter(FakeCall.CLONE);
        requireAdopted();
        templates.require(template);
        if (!request.spec().equals(template.spec())) {
            throw new HypervisorException(HypervisorError.FAILED, "A clone has the hardware of its template");
        }
        return machine(new FakeProcess(world, request, false, template.image()));
    }

    @Override
    public List<SuspendedMachine> suspended() {
        synchronized (world) {
            return List.copyOf(world.suspended.values());
        }
    }

    @Override
    public Machine wake(UUID machineId, HostPorts hostPorts) {
        enter(FakeCall.WAKE);
        synchronized (world) {
            return wake(machineId, hostPorts, world.suspendedContents.getOrDefault(machineId, ""));
        }
    }

    private Machine wake(UUID machineId, HostPorts hostPorts, String content) {
        requireAdopted();
        SuspendedMachine sleeping = world.suspended.remove(machineId);
        if (sleeping == null) {
            throw new HypervisorException(HypervisorError.WRONG_STATE, "No machine " + machineId + " is suspended");
        }
        world.suspendedContents.remove(machineId);
        MachineRequest old = sleeping.request();
        MachineRequest request = new MachineRequest(
                old.id(), old.hostName(), old.spec(), old.ports(), hostPorts, old.network(), old.labels());
        FakeProcess process = new FakeProcess(world, request, false, "");
        process.content = content;
        return machine(process);
    }

    @Override
    public List<MachineSnapshot> snapshots(UUID machineId) {
        synchronized (world) {
            return world.snapshots.getOrDefault(machineId, Map.of()).values().stream()
                    .map(FakeSnapshot::shown)
                    .toList();
        }
    }

    @Override
    public Machine restore(UUID machineId, String snapshot, HostPorts hostPorts) {
        enter(FakeCall.RESTORE);
        synchronized (world) {
            FakeSnapshot found =
                    world.snapshots.getOrDefault(machineId, Map.of()).get(snapshot);
            if (found == null) {
                throw new HypervisorException(HypervisorError.WRONG_STATE, "There is no snapshot " + snapshot);
            }
            return wake(machineId, hostPorts, found.content());
        }
    }

    @Override
    public void removeSnapshot(UUID machineId, String name) {
        enter(FakeCall.REMOVE_SNAPSHOT);
        requireAdopted();
        synchronized (world) {
            world.snapshots.getOrDefault(machineId, new HashMap<>()).remove(name);
        }
    }

    @Override
    public void discardSuspended(UUID machineId) {
        enter(FakeCall.DISCARD);
        requireAdopted();
        synchronized (world) {
            if (world.suspended.remove(machineId) != null) {
                world.suspendedContents.remove(machineId);
                world.snapshots.remove(machineId);
            }
        }
    }

    /** Stops watching its machines; they run on. */
    @Override
    public void close() {
        List<FakeMachine> watched;
        synchronized (this) {
            watched = List.copyOf(machines);
            machines.clear();
        }
        // Not within the lock, which whoever has the world's may wait for.
        watched.forEach(machine -> machine.process.detach(machine));
    }
}
