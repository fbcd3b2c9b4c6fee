package org.kdcloudlet.hypervisor.qemu;

import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.MachineSnapshot;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.PreparationMedia;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.Readiness;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.SuspendedMachine;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.hypervisor.TemplateFiles;
import org.kdcloudlet.hypervisor.TemplateKey;

/** Machines in QEMU processes on this host. Only ties together the classes that do the work. */
public final class QemuHypervisor implements Hypervisor {
    private final QemuContext context;
    private final DiskImages images;
    private final ConsoleLogs consoles;
    private final ExecutorService executor;
    private final BootMachine boot;
    private final CloneTemplate clone;
    private final SleepingMachines sleeping;
    private final MachineSnapshots snapshots;
    private volatile boolean adopted;

    private QemuHypervisor(
            QemuContext context,
            DiskImages images,
            ConsoleLogs consoles,
            ExecutorService executor,
            int simultaneousStarts) {
        this.context = context;
        this.images = images;
        this.consoles = consoles;
        this.executor = executor;
        this.boot = new BootMachine(context);
        this.clone = new CloneTemplate(context, simultaneousStarts);
        this.sleeping = new SleepingMachines(context);
        this.snapshots = new MachineSnapshots(context.folder());
    }

    /**
     * Takes the folder and reads the templates in it. Machines of an earlier process are left alone until {@link #adopt()}.
     *
     * @param platform what machines run on
     * @param images what {@link #images()} gives
     * @throws HypervisorException if the folder is another process's, or cannot be used
     */
    public static QemuHypervisor open(QemuSettings settings, QemuPlatform platform, DiskImages images) {
        try (Reverter undo = new Reverter()) {
            boolean canSwitchUser = MachineAccounts.canSwitchUser();
            HypervisorFolder folder = HypervisorFolder.open(settings.folder(), canSwitchUser);
            undo.add("give back folder " + settings.folder(), folder::close);
            ConsoleLogs consoles = new ConsoleLogs();
            undo.add("stop watching consoles", consoles::close);
            ExecutorService executor = Executors.newCachedThreadPool(work -> {
                Thread thread = new Thread(work, "machine-work");
                thread.setDaemon(true);
                return thread;
            });
            undo.add("end threads", executor::shutdown);
            MachineAccounts accounts = new MachineAccounts(settings.firstUid(), canSwitchUser);
            TemplateKeys keys = new TemplateKeys(platform);
            TemplateStore templates = new TemplateStore(folder.templates(), keys.environment(), accounts);
            templates.load();
            QemuContext context = new QemuContext(
                    platform,
                    folder,
                    accounts,
                    templates,
                    keys,
                    new QemuLauncher(platform.installation(), platform.choice().group(), consoles),
                    new HostPortPool(),
                    new MachineRegistry(),
                    new CorrectGuest(new SecureRandom()),
                    executor);
            undo.commit();
            return new QemuHypervisor(context, images, consoles, executor, settings.simultaneousStarts());
        }
    }

    @Override
    public HypervisorStatus status() {
        QemuPlatform platform = context.platform();
        return new HypervisorStatus(
                "QEMU",
                platform.installation().version().toString(),
                platform.accelerator(),
                platform.choice().reason(),
                List.of(
                        context.accounts().isolation(),
                        "QEMU runs without capabilities in a seccomp sandbox that denies new processes and privileges, with no core"
                                + " dumps and with bounds on open files and file sizes.",
                        platform.scopes().isolation()));
    }

    /** What its machines are made with. */
    QemuContext context() {
        return context;
    }

    @Override
    public DiskImages images() {
        return images;
    }

    @Override
    public Adoption adopt() {
        Adoption adoption = new AdoptMachines(context).run();
        adopted = true;
        return adoption;
    }

    /** What is started before would be taken for an earlier process's, and could be given a uid or port in use there. */
    private void requireAdopted() {
        if (!adopted) {
            throw new HypervisorException(
                    HypervisorError.WRONG_STATE, "Nothing can be started before the machines that run were adopted");
        }
    }

    @Override
    public Machine boot(MachineRequest request, DiskImage image) {
        requireAdopted();
        return boot.run(request, image, false);
    }

    @Override
    public Machine bootFreezable(MachineRequest request, DiskImage image) {
        requireAdopted();
        return boot.run(request, image, true);
    }

    @Override
    public Machine prepare(MachineRequest request, PreparationMedia media, Progress progress) {
        requireAdopted();
        return new BootToPrepare(context).run(request, media, progress);
    }

    @Override
    public Machine edit(MachineRequest request, Template template) {
        requireAdopted();
        return clone.copyOf(template.key(), request);
    }

    @Override
    public Template freeze(Machine machine, Readiness readiness, int warmUps) {
        QemuMachine known = context.machines()
                .find(machine.id())
                .orElseThrow(() -> new HypervisorException(
                        HypervisorError.WRONG_STATE, "Machine " + machine.id() + " does not run here"));
        return new SaveTemplate(context, known).run(readiness, warmUps).template();
    }

    @Override
    public Optional<Template> template(TemplateKey key) {
        return context.templates().find(key).map(TemplateRecord::template);
    }

    @Override
    public List<Template> templates() {
        return context.templates().all().stream().map(TemplateRecord::template).toList();
    }

    @Override
    public TemplateKey templateKey(DiskImage image, MachineSpec spec) {
        return context.keys().of(image.sha256(), spec);
    }

    @Override
    public TemplateFiles open(Template template) {
        return OpenTemplate.of(context.templates(), template.key());
    }

    @Override
    public Template take(CarriedTemplate carried, DiskImage image) {
        return new TakeTemplate(context).run(carried, image).template();
    }

    @Override
    public void remove(Template template) {
        context.templates().remove(template.key());
    }

    @Override
    public Machine clone(MachineRequest request, Template template) {
        requireAdopted();
        return clone.cloneOf(template.key(), request);
    }

    @Override
    public List<SuspendedMachine> suspended() {
        return sleeping.all();
    }

    @Override
    public Machine wake(UUID machineId, HostPorts hostPorts) {
        requireAdopted();
        return sleeping.wake(machineId, hostPorts);
    }

    @Override
    public List<MachineSnapshot> snapshots(UUID machineId) {
        return snapshots.of(machineId);
    }

    @Override
    public Machine restore(UUID machineId, String snapshot, HostPorts hostPorts) {
        requireAdopted();
        return sleeping.restore(machineId, snapshot, hostPorts);
    }

    @Override
    public void removeSnapshot(UUID machineId, String name) {
        requireAdopted();
        snapshots.remove(machineId, name);
    }

    @Override
    public void discardSuspended(UUID machineId) {
        requireAdopted();
        sleeping.discard(machineId);
    }

    @Override
    public void close() {
        context.machines().all().forEach(QemuMachine::release);
        consoles.close();
        executor.shutdown();
        context.folder().close();
    }
}
