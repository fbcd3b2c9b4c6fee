package org.kdcloudlet.server.catalog;

import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.kdcloudlet.hypervisor.CarriedTemplate;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.operation.OperationContext;

/**
 * Takes over templates that were carried here beside their packages. What is in one goes to the hypervisor's program as it is, so it
 * is used only when everything holds; else the operation's log says why it is not, and the image is booted as always.
 */
final class TemplateImport {
    private final Hypervisor hypervisor;
    private final ImageFiles files;
    private final Templates templates;
    private final StartTrial trial;
    private final ExportKeys keys;
    private final Path work;
    private final LongSupplier spareBytes;

    TemplateImport(
            Hypervisor hypervisor,
            ImageFiles files,
            Templates templates,
            StartTrial trial,
            ImageSurroundings surroundings) {
        this.hypervisor = hypervisor;
        this.files = files;
        this.templates = templates;
        this.trial = trial;
        this.keys = new ExportKeys(surroundings.templateKeys());
        this.work = surroundings.work();
        this.spareBytes = () ->
                surroundings.host().diskFree() - surroundings.settings().get().diskReserveBytes();
    }

    /**
     * Takes over the template of a version, if it can be used.
     *
     * @throws java.util.concurrent.CancellationException when the operation was cancelled; nothing is left then
     */
    void run(OperationContext context, Path file, Service service, ImageVersion version) {
        context.step("take over its template");
        try {
            if (!service.definition().cloned()) {
                throw TemplateManifest.invalid("instances of this service are booted, not cloned");
            }
            take(context, file, service, version);
            context.log("Its template came with it and is used, so nothing had to be booted.");
        } catch (CloudletException | HypervisorException e) {
            context.checkCancelled();
            context.log("The template that came with it is not used: " + e.getMessage() + ".");
        }
    }

    private void take(OperationContext context, Path file, Service service, ImageVersion version) {
        TemplateReader.Wanted wanted = new TemplateReader.Wanted(
                templates.key(service, version),
                version.sha256(),
                service.definition().machine(),
                TemplateExport.host(hypervisor.status()),
                spareBytes);
        CarriedTemplate carried = TemplateReader.read(file, keys, wanted, work, context.progress());
        try (Reverter undo = new Reverter()) {
            Template template = hypervisor.take(carried, files.image(version));
            undo.add("remove template " + template.key().value(), () -> hypervisor.remove(template));
            trial.cloned(context, service, template);
            templates.add(template);
            undo.commit();
        }
    }
}
