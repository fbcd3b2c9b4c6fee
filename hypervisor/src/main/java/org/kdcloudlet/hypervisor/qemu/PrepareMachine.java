package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.FullDisk;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.qemu.host.ToolRun;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fills the folder of a machine that is about to start. */
final class PrepareMachine {
    private static final Logger LOG = LoggerFactory.getLogger(PrepareMachine.class);
    private static final Duration IMAGE_DEADLINE = Duration.ofSeconds(60);

    private final QemuContext context;

    PrepareMachine(QemuContext context) {
        this.context = context;
    }

    /**
     * Makes the folder.
     *
     * @throws HypervisorException {@link HypervisorError#WRONG_STATE} if there is a machine of that id,
     *     {@link HypervisorError#NO_SPACE} if the disk is as good as full
     */
    MachineFolder folder(MachineRequest request, Optional<UnprivilegedUser> user, Reverter undo) throws IOException {
        context.folder().requireSpace();
        if (request.network() == NetworkAccess.NONE
                && request.ports().stream().anyMatch(port -> port.protocol() == Protocol.UDP)) {
            LOG.warn("Machine {}: answers through its UDP ports are lost unless its network is opened", request.id());
        }
        MachineFolder folder = context.folder().machine(request.id());
        try {
            folder.create(user);
        } catch (FileAlreadyExistsException e) {
            throw new HypervisorException(
                    HypervisorError.WRONG_STATE, "There is a machine with id " + request.id() + " already", e);
        } catch (IOException e) {
            folder.remove();
            throw e;
        }
        undo.add("remove folder of machine " + request.id(), folder::remove);
        return folder;
    }

    /**
     * Gives a machine a second name of a file that it only reads, which keeps the file there as long as the machine needs it. The
     * file is readable for all since it was made; nothing is changed about it here.
     */
    static void link(Path file, Path name) throws IOException {
        Files.createLink(name, file);
        if (!Files.isRegularFile(name, LinkOption.NOFOLLOW_LINKS)) {
            Files.delete(name);
            throw new IOException(file + " is not a plain file");
        }
    }

    /** Copies a file that the machine will write to. To be called before the folder is handed over. */
    void copy(Path file, Path target, Optional<UnprivilegedUser> user) throws IOException {
        Files.copy(file, target);
        Files.setPosixFilePermissions(target, FileTree.mode("rw-------"));
        MachineAccounts.give(target, user);
    }

    /** The firmware's variables as they come. */
    void freshVariables(MachineRequest request, MachineFolder folder, Optional<UnprivilegedUser> user)
            throws IOException {
        if (request.spec().firmware() == Firmware.UEFI) {
            copy(
                    context.platform().installation().requireOvmf().variables(),
                    folder.run(MachineFolder.VARIABLES),
                    user);
        }
    }

    /**
     * Makes an empty overlay. What is below it is not looked at and only noted in its header, which nobody reads.
     *
     * @param virtualBytes size of the disk
     */
    void overlay(Path overlay, long virtualBytes) {
        ToolRun.Result result = ToolRun.run(
                List.of(
                        context.platform().installation().image().toString(),
                        "create",
                        "-q",
                        "-f",
                        "qcow2",
                        overlay.toString(),
                        Long.toString(virtualBytes)),
                IMAGE_DEADLINE);
        if (!result.succeeded()) {
            boolean full = FullDisk.isIn(result.complaint());
            throw new HypervisorException(
                    full ? HypervisorError.NO_SPACE : HypervisorError.FAILED,
                    "Could not make a disk: " + result.complaint());
        }
    }
}
