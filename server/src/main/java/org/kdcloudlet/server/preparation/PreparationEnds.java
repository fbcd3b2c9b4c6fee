package org.kdcloudlet.server.preparation;

import java.util.HashMap;
import java.util.Map;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.server.background.Workers;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.instance.MachineRoom;
import org.kdcloudlet.server.operation.Events;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ends of preparations: saved, discarded, or by the death of the machine. The record goes before the machine does; so a machine
 * that a killed server was about to stop has no record, and the next server stops it.
 */
final class PreparationEnds {
    private static final Logger LOG = LoggerFactory.getLogger(PreparationEnds.class);

    private final PreparationRegistry registry;
    private final MachineRoom room;
    private final Catalog catalog;
    private final Events events;
    private final Workers workers;

    PreparationEnds(PreparationRegistry registry, MachineRoom room, Catalog catalog, Events events, Workers workers) {
        this.registry = registry;
        this.room = room;
        this.catalog = catalog;
        this.events = events;
        this.workers = workers;
    }

    /** Has the death of its machine noticed. */
    void watch(LivePreparation preparation, Machine machine) {
        machine.exit()
                .thenAccept(exit -> workers.run("the end of a preparation's machine", () -> died(preparation, exit)));
    }

    private void died(LivePreparation preparation, MachineExit exit) {
        fail(preparation, "Its machine ended (" + exit.reason() + "), and what was done in it is lost.");
    }

    void fail(LivePreparation preparation, String why) {
        if (preparation.fail(why)) {
            room.giveBack(preparation.id());
            try {
                registry.repository().failed(preparation.id(), why);
            } catch (CloudletException e) {
                LOG.warn("preparation {}: not on record that it failed: {}", preparation.id(), e.getMessage());
            }
            tell("failed", preparation, "failed: " + why);
        }
    }

    /** Ends one whatever it does, and removes all of it. */
    void end(LivePreparation preparation) {
        registry.repository().remove(preparation.id());
        preparation.end();
        registry.remove(preparation);
        preparation.machine().ifPresent(PreparationEnds::stop);
        room.giveBack(preparation.id());
    }

    private static void stop(Machine machine) {
        try {
            machine.stop(StopPolicy.KILL);
        } catch (HypervisorException e) {
            LOG.error("machine {} of a preparation cannot be stopped: {}", machine.id(), e.getMessage());
        }
    }

    /** Tells others of something about it. */
    void tell(String what, LivePreparation preparation, String message) {
        Map<String, String> subjects =
                new HashMap<>(Map.of("preparation", preparation.id().toString()));
        String serviceId =
                catalog.byId(preparation.service()).map(Service::serviceId).orElse(preparation.service());
        subjects.put("service", serviceId);
        events.publish("preparation." + what, subjects, "The preparation of " + serviceId + " " + message);
    }
}
