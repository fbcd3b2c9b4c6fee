package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Readiness;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;
import org.kdcloudlet.hypervisor.qemu.protocol.Json;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a template of a machine whose memory is in a file: warms its service up, stops its CPUs in a quiet moment, saves the devices
 * and keeps memory and disk. The machine ends by it, or by its failure.
 */
final class SaveTemplate {
    private static final Logger LOG = LoggerFactory.getLogger(SaveTemplate.class);
    private static final Duration COMMAND_DEADLINE = Duration.ofSeconds(30);
    private static final Duration TOOLS_APPEAR = Duration.ofSeconds(60);
    private static final Duration QUIET_DEADLINE = Duration.ofSeconds(5);
    private static final Duration QUIET_POLL = Duration.ofMillis(20);
    private static final Duration END_DEADLINE = Duration.ofSeconds(30);
    private static final int TOOL_WARM_UPS = 2;

    private final QemuContext context;
    private final QemuMachine machine;

    SaveTemplate(QemuContext context, QemuMachine machine) {
        this.context = context;
        this.machine = machine;
    }

    TemplateRecord run(Readiness readiness, int warmUps) {
        if (!machine.record().freezable()) {
            throw new HypervisorException(
                    HypervisorError.WRONG_STATE, "Machine " + machine.id() + " was not booted to become a template");
        }
        Optional<UnprivilegedUser> user = machine.record().user();
        return machine.exclusively(() -> {
            context.accounts()
                    .take(user); // the machine gives it back when it ends, before the template is there to use it
            try (Reverter undo = new Reverter()) {
                undo.add("end machine " + machine.id(), this::discardMachine);
                for (int i = 0; i <= warmUps; i++) {
                    machine.awaitReady(readiness);
                }
                GuestTools tools = warmUpTools();
                awaitQuiet();
                Path files = context.templates().newFolder(user);
                undo.add("remove " + files, () -> FileTree.remove(files));
                freeze(files);
                TemplateRecord template = keep(files, tools);
                machine.qemu().folder().remove();
                undo.commit();
                return template;
            } catch (IOException e) {
                throw Failures.of("Could not make a template of machine " + machine.id(), e);
            } finally {
                context.accounts().release(user);
            }
        });
    }

    private GuestTools warmUpTools() {
        GuestTools tools = context.corrections().find(machine.qemu().guest(), TOOLS_APPEAR);
        switch (tools) {
            case UNKNOWN, NONE ->
                throw new HypervisorException(
                        HypervisorError.AGENT_MISSING,
                        "The guest agent does not answer, without which clones would keep the template's clock and names;"
                                + " install qemu-guest-agent in the image, or have instances booted instead of cloned");
            case AGENT -> LOG.debug("Machine {}: its guest has the agent, without the identity hook", machine.id());
            case IDENTITY_HOOK, IDENTITY_SERVICE -> {
                for (int i = 0; i < TOOL_WARM_UPS; i++) {
                    context.corrections().identity(machine.qemu().guest(), tools, machine.request());
                }
            }
        }
        return tools;
    }

    /** A connection that is open when the machine is frozen is dead in all clones; those of the probe close in a moment. */
    private void awaitQuiet() {
        boolean quiet = Deadline.in(QUIET_DEADLINE)
                .await(
                        QUIET_POLL,
                        () -> machine.qemu()
                                        .network(Deadline.in(COMMAND_DEADLINE))
                                        .unfinished()
                                == 0);
        if (!quiet) {
            LOG.warn("Machine {} is frozen with connections open", machine.id());
        }
    }

    /** Saves the devices and ends QEMU; the machine's folder stays, but nobody would adopt it any more. */
    private void freeze(Path files) throws IOException {
        RunningQemu qemu = machine.qemu();
        qemu.qmp().execute("stop", COMMAND_DEADLINE);
        SavedState.save(
                qemu,
                machine.record().user(),
                machine.request().spec().memoryMib(),
                false,
                files.resolve(TemplateStore.STATE),
                context.executor(),
                saved -> {});
        qemu.folder().forget();
        machine.planEnd(new MachineEnd.Planned("Frozen as a template", true));
        qemu.qmp().send("quit", Json.object());
        if (!machine.awaitEnd(END_DEADLINE)) {
            throw new HypervisorException(HypervisorError.TIMEOUT, "QEMU does not end after its state was saved");
        }
    }

    /**
     * Moves the machine's files into the template's folder, where its clones can read them, and publishes it. QEMU could have exchanged
     * any name in its folder: of there only files that are plain and have no second name are taken, and not the image.
     */
    private TemplateRecord keep(Path files, GuestTools tools) throws IOException {
        MachineFolder folder = machine.qemu().folder();
        MachineRecord record = machine.record();
        Optional<UnprivilegedUser> user = record.user();
        folder.takeBack();
        take(folder, MachineFolder.MEMORY, files.resolve(MachineFolder.MEMORY), "rw-rw----", user);
        take(folder, MachineFolder.DISK, files.resolve(MachineFolder.BASE), "r--r--r--", Optional.empty());
        if (Files.exists(folder.run(MachineFolder.VARIABLES), LinkOption.NOFOLLOW_LINKS)) {
            take(
                    folder,
                    MachineFolder.VARIABLES,
                    files.resolve(MachineFolder.VARIABLES),
                    "r--------",
                    Optional.empty());
        }
        Files.move(folder.imageToKeep(), files.resolve(MachineFolder.IMAGE));
        FinishTemplate.Content content = new FinishTemplate.Content(
                key(record),
                record.templateKey().isPresent(),
                record.request().spec(),
                record.disks().withTemplate(true),
                tools,
                user);
        return new FinishTemplate(context).run(files, content);
    }

    private TemplateKey key(MachineRecord record) {
        return record.templateKey()
                .map(original -> context.keys().ofEdited(original, machine.id()))
                .orElseGet(() -> context.keys()
                        .of(record.disks().image(), record.request().spec()));
    }

    private static void take(
            MachineFolder folder, String name, Path target, String mode, Optional<UnprivilegedUser> group)
            throws IOException {
        folder.requireUnshared(name);
        FinishTemplate.take(folder.run(name), target, mode, group);
    }

    private void discardMachine() throws IOException {
        machine.planEnd(new MachineEnd.Planned("It could not be frozen as a template", false));
        machine.qemu().process().kill();
        machine.awaitEnd(END_DEADLINE);
        machine.qemu().folder().remove();
    }
}
