package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;

/**
 * Starts machines from templates: as copy-on-write clones, which share the template's memory until they write to it, or as copies of
 * their own to be edited. Both run, with the right time and an identity of their own, when this is done.
 */
final class CloneTemplate {
    private static final Duration SLOT_DEADLINE = Duration.ofMinutes(5);
    private static final Duration CONTINUE_DEADLINE = Duration.ofSeconds(30);

    private final QemuContext context;
    private final PrepareMachine prepare;
    private final TakeOverState takeOver;
    private final Semaphore slots;

    /**
     * @param simultaneousStarts how many may be started at the same time; the others wait in the order in which they came
     */
    CloneTemplate(QemuContext context, int simultaneousStarts) {
        this.context = context;
        this.prepare = new PrepareMachine(context);
        this.takeOver = new TakeOverState(context);
        this.slots = new Semaphore(simultaneousStarts, true);
    }

    /** Starts a clone. */
    QemuMachine cloneOf(TemplateKey key, MachineRequest request) {
        return inSlot(() -> start(key, request, false));
    }

    /** Starts a copy of which a template can be made. */
    QemuMachine copyOf(TemplateKey key, MachineRequest request) {
        context.folder().requireSpaceForMemory(request.spec(), "a template of this machine");
        return inSlot(() -> start(key, request, true));
    }

    @FunctionalInterface
    private interface Start {
        QemuMachine run() throws IOException;
    }

    private QemuMachine inSlot(Start start) {
        try {
            if (!slots.tryAcquire(SLOT_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new HypervisorException(HypervisorError.TIMEOUT, "Too many machines are being started");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HypervisorException(HypervisorError.FAILED, "Interrupted before a machine was started", e);
        }
        try {
            return start.run();
        } catch (IOException e) {
            throw Failures.of("Could not start a machine from its template", e);
        } finally {
            slots.release();
        }
    }

    /** The template is held until QEMU has opened all of it; what the guest does then keeps nobody else waiting. */
    private QemuMachine start(TemplateKey key, MachineRequest request, boolean editable) throws IOException {
        try (Reverter undo = new Reverter()) {
            Taken taken = context.templates().use(key, template -> take(template, request, editable, undo));
            MachineRecord record = taken.record();
            RunningQemu qemu = taken.result().qemu();
            goOn(qemu, record);
            qemu.folder().write(record);
            QemuMachine machine =
                    new QemuMachine(context, qemu, record, taken.result().forwards()).admit();
            undo.commit();
            return machine;
        }
    }

    /** A machine that has taken over a template's state, and whose CPUs stand still. */
    private record Taken(MachineRecord record, TakeOverState.Result result) {}

    private Taken take(TemplateRecord template, MachineRequest request, boolean editable, Reverter undo)
            throws IOException {
        TemplateKey key = new TemplateKey(template.key());
        if (!template.spec().equals(request.spec())) {
            throw new HypervisorException(
                    HypervisorError.FAILED, "The machine asked for is not like the template: " + request.spec());
        }
        Optional<UnprivilegedUser> user =
                editable ? context.accounts().takeUnused() : context.accounts().take(template.user());
        undo.add("give back user of machine " + request.id(), () -> context.accounts()
                .release(user));
        MachineFolder folder = prepare.folder(request, user, undo);
        Path files = context.templates().folder(key);
        MemoryBacking memory = editable ? MemoryBacking.own() : MemoryBacking.of(key);
        fill(folder, files, editable, user);
        folder.handOver(user);
        Disks disks = template.disks().withTemplate(!editable);
        MachineRecord record =
                MachineRecord.running(request, user, editable, Optional.of(key), template.guestTools(), disks);
        TakeOverState.Source source =
                new TakeOverState.Source(folder, record, memory, files.resolve(TemplateStore.STATE), false, List.of());
        return new Taken(record, takeOver.run(source, undo));
    }

    private void fill(MachineFolder folder, Path files, boolean editable, Optional<UnprivilegedUser> user)
            throws IOException {
        PrepareMachine.link(files.resolve(MachineFolder.IMAGE), folder.run(MachineFolder.IMAGE));
        if (editable) {
            PrepareMachine.link(files.resolve(MachineFolder.IMAGE), folder.imageToKeep());
            prepare.copy(files.resolve(MachineFolder.BASE), folder.run(MachineFolder.DISK), user);
            FileTree.copySparsely(files.resolve(MachineFolder.MEMORY), folder.run(MachineFolder.MEMORY));
            MachineAccounts.give(folder.run(MachineFolder.MEMORY), user);
        } else {
            PrepareMachine.link(files.resolve(MachineFolder.BASE), folder.run(MachineFolder.BASE));
            prepare.copy(files.resolve(TemplateStore.CLONE_DISK), folder.run(MachineFolder.DISK), user);
        }
        if (Files.exists(files.resolve(MachineFolder.VARIABLES))) {
            prepare.copy(files.resolve(MachineFolder.VARIABLES), folder.run(MachineFolder.VARIABLES), user);
        }
    }

    private void goOn(RunningQemu qemu, MachineRecord record) {
        qemu.qmp().execute("cont", CONTINUE_DEADLINE);
        context.corrections().identity(qemu.guest(), record.guestTools(), record.request());
    }
}
