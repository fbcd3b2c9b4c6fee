package org.kdcloudlet.server.catalog;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.operation.Events;
import org.kdcloudlet.server.operation.OperationContext;

/**
 * Makes the template of an image version: boots the image, waits until the service answers, freezes it. One at a time, since
 * each takes all of a core; the machine's ports are open to this host only.
 */
final class TemplateMaker {
    private static final Duration LOOK = Duration.ofMillis(200);

    private final Hypervisor hypervisor;
    private final ImageFiles files;
    private final VersionStore versions;
    private final Templates templates;
    private final HostPorts ports;
    private final Events events;
    private final StartTrial trial;
    private final ReentrantLock turn = new ReentrantLock(true);

    TemplateMaker(
            Hypervisor hypervisor,
            ImageFiles files,
            VersionStore versions,
            Templates templates,
            HostPorts ports,
            Events events) {
        this.hypervisor = hypervisor;
        this.files = files;
        this.versions = versions;
        this.templates = templates;
        this.ports = ports;
        this.events = events;
        this.trial = new StartTrial(hypervisor, files, ports);
    }

    /**
     * Makes the template unless there is one; records why there is none. One that another service has of the same image has to
     * answer as this service is asked. What is to be done with it comes before {@link #ready}.
     */
    void make(OperationContext context, Service service, ImageVersion version) {
        TemplateKey key = templates.key(service, version);
        Optional<Template> made = templates.find(service, version);
        if (made.isPresent() && !isOnlyOfOthers(service, key)) {
            return;
        }
        mark(service, version, TemplateState.PREPARING, key, Optional.empty());
        try {
            if (made.isPresent()) {
                trial.cloned(context, service, made.get());
            } else {
                makeInTurn(context, service, version);
            }
        } catch (HypervisorException e) {
            boolean cancelled = isCancelled(context);
            mark(
                    service,
                    version,
                    cancelled ? TemplateState.NONE : TemplateState.FAILED,
                    key,
                    cancelled ? Optional.empty() : Optional.of(e.getMessage()));
            throw e;
        } catch (CancellationException | CloudletException e) {
            mark(service, version, TemplateState.NONE, key, Optional.empty());
            throw e;
        }
    }

    /** Whether a template was made for other services, and none of this one is known to answer. */
    boolean isOnlyOfOthers(Service service, TemplateKey key) {
        List<ImageVersion> users = versions.all().stream()
                .filter(version -> version.template() == TemplateState.READY)
                .filter(version -> version.templateKey().equals(Optional.of(key)))
                .toList();
        return !users.isEmpty()
                && users.stream().noneMatch(version -> version.service().equals(service.id()));
    }

    private void makeInTurn(OperationContext context, Service service, ImageVersion version) {
        waitTurn(context);
        try {
            templates.add(bootAndFreeze(context, service, version));
        } finally {
            turn.unlock();
        }
    }

    /** Records that the template was made, and all that was to be done with it. */
    void ready(Service service, ImageVersion version) {
        mark(service, version, TemplateState.READY, templates.key(service, version), Optional.empty());
    }

    private static boolean isCancelled(OperationContext context) {
        try {
            context.checkCancelled();
            return false;
        } catch (CancellationException cancelled) {
            return true;
        }
    }

    private void waitTurn(OperationContext context) {
        if (turn.tryLock()) {
            return;
        }
        context.step("wait for another template");
        try {
            while (!turn.tryLock(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                context.checkCancelled();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("Interrupted");
        }
    }

    private Template bootAndFreeze(OperationContext context, Service service, ImageVersion version) {
        ServiceDefinition definition = service.definition();
        MachineRequest request = StartTrial.request(service, ports, "template");
        context.step("boot the image");
        try (Reverter undo = new Reverter()) {
            Machine machine = hypervisor.bootFreezable(request, files.image(version));
            undo.add("stop machine " + request.id(), () -> machine.stop(StopPolicy.KILL));
            context.onCancel(() -> machine.stop(StopPolicy.KILL));
            context.step("wait for the service, warm it up, save its state");
            Template template = hypervisor.freeze(machine, definition.readiness(), definition.warmUps());
            undo.commit();
            return template;
        }
    }

    private void mark(
            Service service, ImageVersion version, TemplateState state, TemplateKey key, Optional<String> problem) {
        versions.update(version, known -> known.withTemplate(state, Optional.of(key), problem));
        events.publish(
                "template." + state.name().toLowerCase(Locale.ROOT),
                Map.of("service", service.serviceId(), "version", Integer.toString(version.number())),
                problem.orElse("Template of image version " + version.number() + " of service " + service.serviceId()));
    }
}
