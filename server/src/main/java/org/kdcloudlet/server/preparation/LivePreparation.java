package org.kdcloudlet.server.preparation;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineState;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.preparation.Preparation.Start;

/** A preparation in the making. Its state changes under its own lock, which is held for moments only. */
final class LivePreparation {
    /** What may be done with it. */
    private enum Phase {
        STARTING,
        ATTENDED,
        SAVING,
        FAILED,
        ENDED
    }

    private final UUID id;
    private final String service;
    private final Start start;
    private final Instant created;
    private Phase phase;
    private Optional<Machine> machine = Optional.empty();
    private Optional<Long> operation = Optional.empty();
    /** How many do something to the machine just now. */
    private int uses;

    private Optional<String> cdrom;
    private Optional<String> problem = Optional.empty();
    private Instant lastAttended;
    private PreparationState told = PreparationState.STARTING;

    private LivePreparation(
            UUID id, String service, Start start, Instant created, Optional<String> cdrom, Phase phase) {
        this.id = id;
        this.service = service;
        this.start = start;
        this.created = created;
        this.cdrom = cdrom;
        this.phase = phase;
        this.lastAttended = created;
    }

    static LivePreparation begun(String service, Start start, Instant now) {
        return new LivePreparation(UUID.randomUUID(), service, start, now, start.cdrom(), Phase.STARTING);
    }

    /** One that an earlier server left, still without its machine. */
    static LivePreparation of(PreparationRepository.Row row) {
        LivePreparation known = new LivePreparation(
                row.id(),
                row.service(),
                row.start(),
                row.created(),
                row.cdrom(),
                row.problem().isPresent() ? Phase.FAILED : Phase.STARTING);
        known.problem = row.problem();
        return known;
    }

    UUID id() {
        return id;
    }

    String service() {
        return service;
    }

    Start start() {
        return start;
    }

    synchronized Preparation shown() {
        boolean busy = phase == Phase.STARTING || phase == Phase.SAVING;
        return new Preparation(
                id,
                service,
                start,
                state(),
                created,
                lastAttended,
                cdrom,
                busy ? operation : Optional.empty(),
                problem);
    }

    private PreparationState state() {
        return switch (phase) {
            case STARTING -> PreparationState.STARTING;
            case SAVING -> PreparationState.SAVING;
            case FAILED, ENDED -> PreparationState.FAILED;
            case ATTENDED ->
                switch (machine.map(Machine::state).orElse(MachineState.ENDED)) {
                    case RUNNING -> PreparationState.RUNNING;
                    case PAUSED -> PreparationState.PAUSED;
                    case POWERED_OFF -> PreparationState.POWERED_OFF;
                    case ENDED -> PreparationState.FAILED;
                };
        };
    }

    /** The state, if it is another than the one that was returned before. */
    synchronized Optional<PreparationState> changedState() {
        PreparationState now = state();
        if (now == told) {
            return Optional.empty();
        }
        told = now;
        return Optional.of(now);
    }

    synchronized Optional<Machine> machine() {
        return machine;
    }

    /** Does something to its machine, which is not saved meanwhile; nothing when it works on something or has none. */
    <T> Optional<T> use(Function<Machine, T> work) {
        Optional<Machine> attended;
        synchronized (this) {
            attended = machine.filter(present -> phase == Phase.ATTENDED);
            if (attended.isEmpty()) {
                return Optional.empty();
            }
            uses++;
        }
        try {
            return attended.map(work);
        } finally {
            synchronized (this) {
                uses--;
            }
        }
    }

    /** Its machine, to be looked at. */
    synchronized Optional<Machine> visibleMachine() {
        return machine.filter(present -> phase == Phase.ATTENDED || phase == Phase.SAVING);
    }

    synchronized void attach(Machine its) {
        machine = Optional.of(its);
    }

    /** From now on an operator works in it; false if it ended meanwhile. */
    synchronized boolean attended() {
        if (phase == Phase.STARTING) {
            phase = Phase.ATTENDED;
        }
        return phase == Phase.ATTENDED;
    }

    /** Has an operation begin it. */
    synchronized Operation beginBy(Supplier<Operation> begin) {
        Operation begun = begin.get();
        operation = Optional.of(begun.id());
        return begun;
    }

    /** Has an operation save it, unless it cannot be saved now. */
    synchronized Optional<Operation> saveBy(Supplier<Operation> begin) {
        if (phase != Phase.ATTENDED || uses > 0) {
            return Optional.empty();
        }
        phase = Phase.SAVING;
        boolean begun = false;
        try {
            Operation saving = beginBy(begin);
            begun = true;
            return Optional.of(saving);
        } finally {
            if (!begun) {
                notSaved();
            }
        }
    }

    /** It is as it was, unless it was saved and has ended. */
    synchronized void notSaved() {
        if (phase == Phase.SAVING) {
            phase = Phase.ATTENDED;
        }
    }

    /** What works on it. */
    synchronized Optional<Long> operation() {
        return phase == Phase.STARTING || phase == Phase.SAVING ? operation : Optional.empty();
    }

    /** Notes that its machine ended by itself; false if it was to end. */
    synchronized boolean fail(String why) {
        if (phase == Phase.ENDED || phase == Phase.FAILED) {
            return false;
        }
        phase = Phase.FAILED;
        problem = Optional.of(why);
        return true;
    }

    /** From now on it is gone. */
    synchronized void end() {
        phase = Phase.ENDED;
    }

    synchronized void attend(Instant now) {
        lastAttended = now;
    }

    synchronized void ejected() {
        cdrom = Optional.empty();
    }
}
