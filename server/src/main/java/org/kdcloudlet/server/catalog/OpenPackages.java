package org.kdcloudlet.server.catalog;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.hypervisor.TemplateFiles;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Opens services, and the templates of their images, to be written as files. */
final class OpenPackages {
    private static final int BUFFER = 1 << 20;

    private final PackageService.Parts parts;
    private final ExportKeys keys;

    OpenPackages(PackageService.Parts parts) {
        this.parts = parts;
        this.keys = new ExportKeys(parts.templateKeys());
    }

    /** A name for the file of a package. */
    static String fileName(Service service) {
        return service.serviceId() + "-" + service.imageVersion().orElse(0) + Csvm.SUFFIX;
    }

    /** What an export is made of now. */
    StartSource source(String serviceId) {
        return parts.images().source(parts.catalog().get(serviceId));
    }

    /** Opens a package for export; told how far its disk is converted, if it has to be, and how far it is written. */
    Packages.Export open(StartSource source, boolean compressed, Progress progress) {
        try {
            FileChannel disk = source.image().format() == DiskFormat.QCOW2
                    ? FileChannel.open(source.image().file(), StandardOpenOption.READ)
                    : converted(source, progress);
            return new OpenExport(source, disk, compressed, progress, parts.clock());
        } catch (IOException e) {
            throw new CloudletException(
                    ErrorCode.IMAGE_INVALID,
                    "The image of " + source.service().serviceId() + " cannot be read: " + e.getMessage(),
                    e);
        }
    }

    /** Opens the template of an image for export. */
    TemplateExport openTemplate(StartSource source, Progress progress) {
        Hypervisor hypervisor = parts.hypervisor();
        Template template = template(source);
        String name = Packages.templateName(fileName(source.service()));
        try {
            TemplateFiles files = hypervisor.open(template);
            return TemplateExport.open(
                    new TemplateExport.Source(
                            name,
                            hypervisor.status(),
                            template,
                            files,
                            parts.clock().instant()),
                    keys,
                    progress);
        } catch (HypervisorException | IOException e) {
            throw new CloudletException(
                    ErrorCode.CONFLICT,
                    "The template of " + source.service().serviceId() + " cannot be read: " + e.getMessage(),
                    e);
        }
    }

    /** Whether an image has a template that can be used elsewhere: not of a raw one, which a package has as qcow2. */
    static boolean hasTemplate(StartSource source) {
        return source.template().isPresent() && source.image().format() == DiskFormat.QCOW2;
    }

    /**
     * The template of an image, if it can be used elsewhere.
     *
     * @throws CloudletException CONFLICT
     */
    static Template template(StartSource source) {
        String why = source.image().format() == DiskFormat.QCOW2
                ? "instances are booted until there is one; see './cloudlet image list'"
                : "its image is raw, and no template of that fits the qcow2 that a package has";
        return source.template()
                .filter(known -> hasTemplate(source))
                .orElseThrow(() -> new CloudletException(
                        ErrorCode.CONFLICT,
                        "Service " + source.service().serviceId() + " has no template to export: " + why + "."));
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

    /** The package of a service as it was when it was opened. */
    private record OpenExport(StartSource source, FileChannel disk, boolean compressed, Progress progress, Clock clock)
            implements Packages.Export {
        @Override
        public String fileName() {
            return OpenPackages.fileName(source.service());
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
