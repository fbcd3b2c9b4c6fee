package org.kdcloudlet.server.catalog;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.DiskFormat;
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

    private static final int BUFFER = 1 << 20;

    /**
     * What it works with.
     *
     * @param work folder for what is needed for a moment, emptied at start by others
     */
    public record Parts(
            CatalogService catalog,
            ImageService images,
            Hypervisor hypervisor,
            Operations operations,
            HostResources host,
            Path work,
            Clock clock) {}

    private final Parts parts;
    private final Supplier<CatalogSettings> settings;
    private final PackageFolders folders;

    public PackageService(Parts parts, Supplier<CatalogSettings> settings, PackageSettings packages) {
        this.parts = parts;
        this.settings = settings;
        this.folders = new PackageFolders(packages);
    }

    /** Removes what exports that a crash cut off have left; to be called once. */
    public void reconcile() {
        folders.removeLeftovers();
    }

    @Override
    public Operation importPackage(InputFile file, String name) {
        Operations.Job job = context -> importNow(context, file.path());
        return parts.operations().start(IMPORT, name, settings.get().importDeadline(), file.readBy(job));
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
        return importPackage(InputFile.kept(folders.toImport(name)), name);
    }

    private void importNow(OperationContext context, Path file) {
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
            parts.images().importPackaged(context, definition(context, found), disk, found.sha256());
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
        return open(serviceId, compressed, (done, total) -> {}, (done, total) -> {});
    }

    private OpenExport open(String serviceId, boolean compressed, Progress converting, Progress writing) {
        StartSource source = parts.images().source(parts.catalog().get(serviceId));
        try {
            FileChannel disk = source.image().format() == DiskFormat.QCOW2
                    ? FileChannel.open(source.image().file(), StandardOpenOption.READ)
                    : converted(source, converting);
            return new OpenExport(source, disk, compressed, writing, parts.clock());
        } catch (IOException e) {
            throw new CloudletException(
                    ErrorCode.IMAGE_INVALID, "The image of " + serviceId + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** The reference takes qcow2 alone. The file has no name any more when this returns. */
    private FileChannel converted(StartSource source, Progress progress) throws IOException {
        Path qcow2 = parts.hypervisor().images().convert(source.image(), parts.work(), progress);
        try {
            return FileChannel.open(qcow2, StandardOpenOption.READ);
        } finally {
            Files.delete(qcow2);
        }
    }

    @Override
    public boolean exportsToFolder() {
        return folders.exports();
    }

    @Override
    public Operation exportToFolder(String serviceId, boolean compressed) {
        Service service = parts.catalog().get(serviceId);
        parts.images().source(service);
        folders.toExport(OpenExport.fileName(service));
        return parts.operations().start(EXPORT, serviceId, settings.get().importDeadline(), context -> {
            context.step("write the package");
            try (OpenExport export = open(serviceId, compressed, context.progress(), context.progress())) {
                folders.write(folders.toExport(export.fileName()), export, context::commit);
                context.result(export.fileName());
            } catch (IOException e) {
                throw PackageFolders.failure(e);
            }
        });
    }

    /** The package of a service as it was when it was opened. */
    private record OpenExport(StartSource source, FileChannel disk, boolean compressed, Progress progress, Clock clock)
            implements Export {
        static String fileName(Service service) {
            return service.serviceId() + "-" + service.imageVersion().orElse(0) + Csvm.SUFFIX;
        }

        @Override
        public String fileName() {
            return fileName(source.service());
        }

        @Override
        public void writeTo(OutputStream out) throws IOException {
            OutputStream buffered = new BufferedOutputStream(out, BUFFER);
            CsvmWriter.write(buffered, source.service().definition(), disk, clock.instant(), compressed, progress);
            buffered.flush();
        }

        @Override
        public void close() throws IOException {
            disk.close();
        }
    }
}
