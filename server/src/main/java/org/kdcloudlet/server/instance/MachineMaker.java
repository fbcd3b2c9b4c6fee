package org.kdcloudlet.server.instance;

import java.time.Duration;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.Readiness;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.server.catalog.ImageService;
import org.kdcloudlet.server.catalog.ServiceDefinition;
import org.kdcloudlet.server.catalog.StartSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes machines whose service answers: clones of the template, or booted from the image where there is none to clone. */
final class MachineMaker {
    private static final Logger LOG = LoggerFactory.getLogger(MachineMaker.class);
    private static final int NAME_LENGTH = 12;
    /** No further warm-up is begun after so long: a clone of a slow service is rather less warm than not there. */
    private static final Duration WARM_UP = Duration.ofSeconds(20);

    private final Hypervisor hypervisor;
    private final ImageService images;
    private final Supplier<InstanceSettings> settings;

    /** A machine whose service answers, and how it came to be. */
    record Made(Machine machine, StartKind kind) {}

    MachineMaker(Hypervisor hypervisor, ImageService images, Supplier<InstanceSettings> settings) {
        this.hypervisor = hypervisor;
        this.images = images;
        this.settings = settings;
    }

    /**
     * Clones, and boots if that does not work for a reason that lies with the template.
     *
     * @param running is given each machine as soon as it runs, before its service answers
     * @param beforeBoot throws when a boot in place of the clone is not wanted or does not fit
     */
    Made make(UUID id, StartSource source, long deadlineNanos, Consumer<Machine> running, Runnable beforeBoot) {
        MachineRequest request = request(id, source, MachineLabels.Role.INSTANCE);
        if (source.template().isPresent()) {
            try {
                return new Made(clone(request, source, deadlineNanos, running), StartKind.CLONE);
            } catch (HypervisorException e) {
                if (!liesWithTemplate(e) || source.version().broken()) {
                    throw e;
                }
                beforeBoot.run();
                LOG.warn("instance {}: cannot be cloned, so it is booted: {}", id, e.getMessage());
            }
        }
        Machine machine = hypervisor.boot(request, source.image());
        return new Made(answering(machine, source, deadlineNanos, running), StartKind.BOOT);
    }

    /**
     * Makes a clone that waits for a start. What a template's memory keeps is not all that has to be warm: a clone copies pages when it
     * writes to them first, and a translator begins with none of the guest's code; so it is asked as often as the template was.
     */
    Machine makeWaiting(StartSource source, long deadlineNanos) {
        MachineRequest request = request(UUID.randomUUID(), source, MachineLabels.Role.POOL);
        return ofTemplate(source, template -> {
            try (Reverter undo = new Reverter()) {
                Machine machine = answering(hypervisor.clone(request, template), source, deadlineNanos, running -> {});
                undo.add("stop machine " + machine.id(), () -> machine.stop(StopPolicy.KILL));
                warmUp(machine, source.service().definition());
                undo.commit();
                return machine;
            }
        });
    }

    private static void warmUp(Machine machine, ServiceDefinition definition) {
        long enough = System.nanoTime() + WARM_UP.toNanos();
        for (int i = 0; i < definition.warmUps() && System.nanoTime() < enough; i++) {
            machine.awaitReady(definition.readiness());
        }
    }

    private Machine clone(MachineRequest request, StartSource source, long deadlineNanos, Consumer<Machine> running) {
        return ofTemplate(
                source, template -> answering(hypervisor.clone(request, template), source, deadlineNanos, running));
    }

    private Machine ofTemplate(StartSource source, Function<Template, Machine> make) {
        Template template = source.template().orElseThrow();
        try {
            return make.apply(template);
        } catch (HypervisorException e) {
            if (liesWithTemplate(e)) {
                images.doubt(template, source.service());
            }
            throw e;
        }
    }

    private static boolean liesWithTemplate(HypervisorException exception) {
        return switch (exception.error()) {
            case TEMPLATE_INVALID, MACHINE_FAILED, TIMEOUT, FAILED, WRONG_STATE -> true;
            case UNAVAILABLE, IMAGE_INVALID, NOT_READY, AGENT_MISSING, PORTS_EXHAUSTED, NO_SPACE -> false;
        };
    }

    private static Machine answering(
            Machine machine, StartSource source, long deadlineNanos, Consumer<Machine> running) {
        try (Reverter undo = new Reverter()) {
            undo.add("stop machine " + machine.id(), () -> machine.stop(StopPolicy.KILL));
            running.accept(machine);
            machine.awaitReady(readiness(source, deadlineNanos));
            undo.commit();
            return machine;
        }
    }

    private static Readiness readiness(StartSource source, long deadlineNanos) {
        Readiness usual = source.service().definition().readiness();
        Duration left = Duration.ofNanos(Math.max(1, deadlineNanos - System.nanoTime()));
        return left.compareTo(usual.deadline()) < 0 ? new Readiness(usual.probe(), left) : usual;
    }

    private MachineRequest request(UUID id, StartSource source, MachineLabels.Role role) {
        ServiceDefinition definition = source.service().definition();
        return new MachineRequest(
                id,
                "svm-" + id.toString().replace("-", "").substring(0, NAME_LENGTH),
                definition.machine(),
                definition.ports(),
                settings.get().hostPorts(),
                definition.network(),
                MachineLabels.of(role, source, settings.get().hostPorts()));
    }
}
