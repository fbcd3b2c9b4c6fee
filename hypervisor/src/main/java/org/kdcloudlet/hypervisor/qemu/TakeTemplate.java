package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.kdcloudlet.hypervisor.CarriedTemplate;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;

/** Makes a template of files that another host of the same kind has frozen. What they are is for the caller to know. */
final class TakeTemplate {
    private final QemuContext context;

    TakeTemplate(QemuContext context) {
        this.context = context;
    }

    TemplateRecord run(CarriedTemplate carried, DiskImage image) {
        Map<String, Path> sources = carried.files();
        try (Reverter always = new Reverter()) {
            sources.forEach((name, file) -> always.add("remove " + file, () -> Files.deleteIfExists(file)));
            require(
                    carried.key().equals(context.keys().of(image.sha256(), carried.spec())),
                    "it was made for another image or machine, or with another QEMU, accelerator, CPU or firmware");
            GuestTools tools = TemplateDescription.read(carried.description())
                    .map(TemplateDescription::guestTools)
                    .filter(known -> known != GuestTools.UNKNOWN && known != GuestTools.NONE)
                    .orElseThrow(() -> invalid("its description is not one of this program"));
            requireFiles(carried.spec(), sources);
            context.folder().requireSpace();
            return take(carried, tools, image);
        } catch (IOException e) {
            throw Failures.of("Could not take over template " + carried.key().value(), e);
        }
    }

    private static void requireFiles(MachineSpec spec, Map<String, Path> sources) throws IOException {
        Set<String> names = new HashSet<>(OpenTemplate.NAMES);
        if (spec.firmware() != Firmware.UEFI) {
            names.remove(MachineFolder.VARIABLES);
        }
        require(sources.keySet().equals(names), "its files are not those of a template for this firmware");
        for (Path file : sources.values()) {
            boolean plain = Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    && (Integer) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS) == 1;
            require(plain, "it has a file that is not a plain one");
        }
        require(
                Files.size(sources.get(MachineFolder.MEMORY)) == (long) spec.memoryMib() << 20,
                "its memory is not as long as the machine's");
        require(
                Files.size(sources.get(TemplateStore.STATE)) <= SavedState.DEVICES_MAX_BYTES,
                "the state of its devices is longer than it can be");
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw invalid(otherwise);
        }
    }

    private static HypervisorException invalid(String why) {
        return new HypervisorException(HypervisorError.TEMPLATE_INVALID, "The template cannot be used here: " + why);
    }

    private TemplateRecord take(CarriedTemplate carried, GuestTools tools, DiskImage image) throws IOException {
        Optional<UnprivilegedUser> user = context.accounts().takeUnused();
        try (Reverter undo = new Reverter()) {
            Path files = context.templates().newFolder(user);
            undo.add("remove " + files, () -> FileTree.remove(files));
            for (Map.Entry<String, Path> source : carried.files().entrySet()) {
                Path target = files.resolve(source.getKey());
                switch (source.getKey()) {
                    case MachineFolder.MEMORY -> FinishTemplate.take(source.getValue(), target, "rw-rw----", user);
                    case MachineFolder.BASE ->
                        FinishTemplate.take(source.getValue(), target, "r--r--r--", Optional.empty());
                    default -> FinishTemplate.take(source.getValue(), target, "r--------", Optional.empty());
                }
            }
            PrepareMachine.link(image.file(), files.resolve(MachineFolder.IMAGE));
            Disks disks = Disks.on(image).withTemplate(true);
            FinishTemplate.Content content =
                    new FinishTemplate.Content(carried.key(), false, carried.spec(), disks, tools, user);
            TemplateRecord template = new FinishTemplate(context).run(files, content);
            undo.commit();
            return template;
        } finally {
            context.accounts().release(user);
        }
    }
}
