package org.kdcloudlet.hypervisor.qemu;

import java.nio.channels.ByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.MachineSnapshot;
import org.kdcloudlet.hypervisor.MachineState;
import org.kdcloudlet.hypervisor.MachineUsage;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.Readiness;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.SuspendedMachine;
import org.kdcloudlet.hypervisor.qemu.probe.Prober;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A machine that runs in a QEMU. Its end is noticed by the end of the QMP connection.
 */
final class QemuMachine implements Machine {
    private static final Logger LOG = LoggerFactory.getLogger(QemuMachine.class);
    private static final Duration COMMAND_DEADLINE = Duration.ofSeconds(30);
    private static final Duration SCREEN_DEADLINE = Duration.ofSeconds(5);
    private static final Duration LOOK = Duration.ofMillis(50);

    private final QemuContext context;
    private final RunningQemu qemu;
    private final MachineRecord record;
    private final List<PortForward> forwards;
    private final MachineEnd end;
    private final MachineWork work;
    private volatile boolean released;

    QemuMachine(QemuContext context, RunningQemu qemu, MachineRecord record, List<PortForward> forwards) {
        this.context = context;
        this.qemu = qemu;
        this.record = record;
        this.forwards = List.copyOf(forwards);
        this.end = new MachineEnd(context, qemu, record, this.forwards);
        this.work = new MachineWork(record.request().id(), this::requireAlive);
    }

    /** Begins to watch for its end. From now on it is one of the hypervisor's machines. */
    QemuMachine admit() {
        context.machines().add(this);
        qemu.qmp().closed().thenRunAsync(this::ended, context.executor());
        context.executor().execute(this::enterScope);
        return this;
    }

    /** Nobody waits for this: a start would take longer, and what it guards against comes later. */
    private void enterScope() {
        context.platform()
                .scopes()
                .enter(
                        qemu.folder().path().getFileName().toString(),
                        qemu.process().pid(),
                        request().spec());
    }

    @Override
    public UUID id() {
        return record.request().id();
    }

    @Override
    public MachineRequest request() {
        return record.request();
    }

    @Override
    public List<PortForward> forwards() {
        return forwards;
    }

    @Override
    public MachineState state() {
        if (end.exit().isDone()) {
            return MachineState.ENDED;
        }
        if (qemu.watch().poweredOff()) {
            return MachineState.POWERED_OFF;
        }
        return qemu.watch().cpusRun() ? MachineState.RUNNING : MachineState.PAUSED;
    }

    @Override
    public CompletionStage<MachineExit> exit() {
        return end.exit().minimalCompletionStage();
    }

    @Override
    public Duration awaitReady(Readiness readiness) {
        return new Prober(
                        forwards,
                        port -> qemu.network(Deadline.in(COMMAND_DEADLINE)).answered(port),
                        exit())
                .awaitReady(readiness);
    }

    @Override
    public void stop(StopPolicy policy) {
        new StopMachine(this, policy).run();
    }

    @Override
    public void pause() {
        exclusively(() -> qemu.qmp().execute("stop", COMMAND_DEADLINE));
    }

    @Override
    public void resume() {
        exclusively(() -> {
            if (state() == MachineState.PAUSED) {
                qemu.qmp().execute("cont", COMMAND_DEADLINE);
                correctTime();
            }
            return this;
        });
    }

    @Override
    public boolean powerOff(StopPolicy policy) {
        if (!record.stays()) {
            throw new HypervisorException(
                    HypervisorError.WRONG_STATE, "Machine " + id() + " ends with its guest; stop it instead");
        }
        return exclusively(() -> new ShutDownGuest(this, policy).run());
    }

    @Override
    public void restart() {
        exclusively(() -> {
            qemu.qmp().execute("system_reset", COMMAND_DEADLINE);
            return qemu.qmp().execute("cont", COMMAND_DEADLINE);
        });
    }

    @Override
    public void ejectCdrom() {
        exclusively(() -> {
            new EjectCdrom(this).run();
            return this;
        });
    }

    @Override
    public SuspendedMachine suspend() {
        return exclusively(() -> new SuspendMachine(context, this).run());
    }

    @Override
    public void saveDisk(Path target, Progress progress) {
        work.once(() -> new SaveDisk(context, this).run(target, progress));
    }

    @Override
    public MachineSnapshot takeSnapshot(String name, Progress progress) {
        return work.once(() -> exclusively(() -> new TakeSnapshot(context, this).run(name, progress)));
    }

    @Override
    public byte[] screenshot() {
        return exclusively(() -> new TakeScreenshot(qemu).run());
    }

    @Override
    public MachineUsage usage() {
        requireAlive();
        return new MeasureUsage(qemu).run();
    }

    @Override
    public ByteChannel openScreen() {
        requireAlive();
        return qemu.screen(Deadline.in(SCREEN_DEADLINE));
    }

    @Override
    public ByteChannel openSerialConsole() {
        requireAlive();
        return qemu.serialPort().open();
    }

    @Override
    public String log() {
        return Optional.ofNullable(end.exit().getNow(null))
                .map(MachineExit::log)
                .orElseGet(qemu.folder()::logTail);
    }

    MachineRecord record() {
        return record;
    }

    RunningQemu qemu() {
        return qemu;
    }

    /** Sets the guest's clock, as far as the guest can do that; it goes on with the wrong time otherwise. */
    void correctTime() {
        try {
            context.corrections().time(qemu.guest(), record.guestTools());
        } catch (HypervisorException e) {
            LOG.warn("Machine {}: its clock could not be set: {}", id(), e.getMessage());
        }
    }

    /** Announces that the machine is about to end, which then is not a failure. */
    void planEnd(MachineEnd.Planned planned) {
        end.plan(planned);
    }

    private void ended() {
        if (!released) {
            end.ended(() -> context.machines().remove(this));
        }
    }

    /** Waits for the end, that of its process included. */
    boolean awaitEnd(Duration deadline) {
        return Deadline.in(deadline).await(end.exit()) && !qemu.process().alive();
    }

    /** Whether its guest is off, and the process gone unless the machine outlives its guest. */
    boolean isDown() {
        return state() == MachineState.POWERED_OFF
                || end.exit().isDone() && !qemu.process().alive();
    }

    /** Waits until {@link #isDown()}. */
    boolean awaitDown(Duration deadline) {
        return record.stays() ? Deadline.in(deadline).await(LOOK, this::isDown) : awaitEnd(deadline);
    }

    /** Lets go of the machine; it runs on. */
    void release() {
        released = true;
        context.machines().remove(this);
        qemu.disconnect();
    }

    /** Does something that excludes other such work on this machine. */
    <T> T exclusively(Supplier<T> doing) {
        return work.exclusively(doing);
    }

    private void requireAlive() {
        if (released || end.exit().isDone()) {
            throw new HypervisorException(HypervisorError.WRONG_STATE, "Machine " + id() + " has ended");
        }
    }
}
