package org.kdcloudlet.server.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.host.HostResources;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationContext;
import org.kdcloudlet.server.operation.Operations;

/** Imports and exports packaged services. */
public final class PackageService implements Packages {
    /** Guests of the reference boot slowly where there is no KVM, and none of them was made to boot fast. */
    private static final Duration BOOT_OF_OTHERS = Duration.ofMinutes(15);

    /**
     * What it works with.
     *
     * @param work folder for what is needed for a moment, emptied at start by others
     * @param templateKeys folder of the keys by which exported templates are known again
     */
    public record Parts(
            CatalogService catalog,
            ImageService images,
            Hypervisor hypervisor,
            Operations operations,
            HostResources host,
            Path work,
            Path templateKeys,
            Clock clock) {}

    private final Parts parts;
    private final Supplier<CatalogSettings> settings;
    private final PackageFolders folders;
    private final OpenPackages exports;

    public PackageService(Parts parts, Supplier<CatalogSettings> settings, PackageSettings packages) {
        this.parts = parts;
        this.settings = settings;
        this.folders = new PackageFolders(packages);
        this.exports = new OpenPackages(parts);
    }

    /** Removes what exports that a crash cut off have left; to be called once. */
    public void reconcile() {
        folders.removeLeftovers();
    }

    @Override
    public Operation importPackage(InputFile file, Optional<InputFile> template, String name) {
        Operations.Job job = context -> importNow(context, file.path(), template.map(InputFile::path));
        Operations.Job both = template.map(beside -> beside.readBy(job)).orElse(job);
        return parts.operations().start(IMPORT, name, settings.get().importDeadline(), file.readBy(both));
    }

    @Override
    public List<Candidate> candidates() {
        return folders.candidates();
    }

    @Override
    public List<ImageFile> images() {
        return folders.images(parts.hypervisor().images());
    }

    @Override
    public Path image(String name) {
        return folders.image(name);
    }

    @Override
    public Operation importFromFolder(String name) {
        Optional<InputFile> template = folders.templateToImport(name).map(InputFile::kept);
        return importPackage(InputFile.kept(folders.toImport(name)), template, name);
    }

    private void importNow(OperationContext context, Path file, Optional<Path> template) {
        Path disk = parts.work().resolve(UUID.randomUUID() + ".disk");
        context.step("unpack");
        try (Reverter always = new Reverter()) {
            always.add("remove the unpacked disk", () -> Files.deleteIfExists(disk));
            CsvmReader.Found found = CsvmReader.read(
                    file,
                    disk,
                    new CsvmReader.Limits(
                            settings.get().imageLimits().maxFileBytes(),
                            () -> parts.host().diskFree() - settings.get().diskReserveBytes()),
                    context.progress(),
                    document -> refuseKnown(document.serviceId()));
            PackagedImport.Disk taken = new PackagedImport.Disk(disk, Optional.of(found.sha256()), template);
            parts.images().importPackaged(context, definition(context, found), taken);
        }
    }

    /** Before much of the package was read; adding the service checks it for good. */
    private void refuseKnown(String serviceId) {
        if (parts.catalog().find(serviceId).isPresent()) {
            throw new CloudletException(
                    ErrorCode.SERVICE_EXISTS,
                    "There is a service " + serviceId + " already; remove it or give it another id first.");
        }
    }

    private static ServiceDefinition definition(OperationContext context, CsvmReader.Found found) {
        ServiceBuilder builder = found.document().toBuilder();
        boolean ours = found.document()
                .port()
                .map(port -> PackagedDefinition.apply(found.definition(), port, builder))
                .orElse(false);
        if (!ours) {
            GuestHardware hardware = found.hardware().orElseGet(GuestHardware::ofTheReference);
            hardware.notes().forEach(context::log);
            apply(hardware.machine(), builder);
        }
        try {
            return builder.build();
        } catch (CloudletException e) {
            throw new CloudletException(
                    ErrorCode.PACKAGE_INVALID,
                    "This is not a packaged service that can be imported: " + e.getMessage(),
                    e.details());
        }
    }

    private static void apply(MachineSpec machine, ServiceBuilder builder) {
        boolean cloned = machine.deviceSet() == DeviceSet.VIRTIO;
        builder.memoryMib(machine.memoryMib())
                .cpus(machine.cpus())
                .osFamily(machine.osFamily())
                .firmware(machine.firmware())
                .deviceSet(machine.deviceSet())
                .readyDeadline(BOOT_OF_OTHERS)
                .cloned(cloned)
                .poolSize(cloned ? 1 : 0);
    }

    @Override
    public Export export(String serviceId, boolean compressed) {
        return exports.open(exports.source(serviceId), compressed, Progress.NONE);
    }

    @Override
    public Export exportTemplate(String serviceId) {
        return exports.openTemplate(exports.source(serviceId), Progress.NONE);
    }

    @Override
    public boolean hasTemplate(String serviceId) {
        Service service = parts.catalog().get(serviceId);
        return service.imageVersion().isPresent()
                && parts.images().attention(service).isEmpty()
                && OpenPackages.hasTemplate(exports.source(serviceId));
    }

    @Override
    public boolean exportsToFolder() {
        return folders.exports();
    }

    @Override
    public Operation exportToFolder(String serviceId, boolean compressed, boolean template) {
        StartSource known = exports.source(serviceId);
        if (template) {
            OpenPackages.template(known);
        }
        folders.toExport(OpenPackages.fileName(known.service()));
        return parts.operations().start(EXPORT, serviceId, settings.get().importDeadline(), context -> {
            StartSource source = exports.source(serviceId);
            try (Reverter always = new Reverter()) {
                Optional<Export> beside = Optional.empty();
                if (template) {
                    context.step("read the template");
                    TemplateExport opened = exports.openTemplate(source, context.progress());
                    always.add("close the template", opened::close);
                    beside = Optional.of(opened);
                }
                context.step("write the package");
                Export export = exports.open(source, compressed, context.progress());
                always.add("close the image", export::close);
                folders.write(folders.toExport(export.fileName()), export, beside, context::commit);
                context.result(export.fileName());
            } catch (IOException e) {
                throw PackageFolders.failure(e);
            }
        });
    }
}
