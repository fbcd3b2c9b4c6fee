package org.kdcloudlet.hypervisor.testing;

import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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

/** A machine as one hypervisor sees it. */
final class FakeMachine implements Machine {
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G'};

    final FakeHypervisor hypervisor;
    final FakeProcess process;
    private final CompletableFuture<MachineExit> exit = new CompletableFuture<>();

    FakeMachine(FakeHypervisor hypervisor, FakeProcess process) {
        this.hypervisor = hypervisor;
        this.process = process;
        process.watch(this);
    }

    void ended(MachineExit how) {
        exit.complete(how);
    }

    @Override
    public UUID id() {
        return process.request.id();
    }

    @Override
    public MachineRequest request() {
        return process.request;
    }

    @Override
    public List<PortForward> forwards() {
        return process.forwards;
    }

    @Override
    public MachineState state() {
        return process.state();
    }

    @Override
    public CompletionStage<MachineExit> exit() {
        return exit.copy();
    }

    @Override
    public Duration awaitReady(Readiness readiness) {
        hypervisor.enter(FakeCall.AWAIT_READY);
        if (process.state() == MachineState.ENDED) {
            throw new HypervisorException(
                    HypervisorError.MACHINE_FAILED, process.exit().reason());
        }
        if (!process.world.servicesAnswer()) {
            throw new HypervisorException(
                    HypervisorError.NOT_READY, "The service did not answer in " + readiness.deadline());
        }
        return Duration.ofMillis(1);
    }

    @Override
    public void stop(StopPolicy policy) {
        hypervisor.enter(FakeCall.STOP);
        process.end(new MachineExit(true, "It was stopped", "stopped"));
    }

    @Override
    public void pause() {
        hypervisor.enter(FakeCall.PAUSE);
        process.pause(true);
    }

    @Override
    public void resume() {
        hypervisor.enter(FakeCall.RESUME);
        process.pause(false);
    }

    @Override
    public boolean powerOff(StopPolicy policy) {
        hypervisor.enter(FakeCall.POWER_OFF);
        if (!process.stays) {
            throw new HypervisorException(HypervisorError.WRONG_STATE, "The machine ends with its guest");
        }
        if (process.world.guestsShutDown()) {
            process.switchOff();
        }
        return process.state() == MachineState.POWERED_OFF;
    }

    @Override
    public void restart() {
        hypervisor.enter(FakeCall.RESTART);
        process.pause(false);
    }

    @Override
    public void ejectCdrom() {
        hypervisor.enter(FakeCall.EJECT);
        process.ejectCdrom();
    }

    @Override
    public SuspendedMachine suspend() {
        hypervisor.enter(FakeCall.SUSPEND);
        SuspendedMachine sleeping = new SuspendedMachine(process.request, Instant.EPOCH, 1000);
        synchronized (process.world) {
            process.pause(true);
            process.world.suspended.put(id(), sleeping);
            process.world.suspendedContents.put(id(), process.content);
            process.end(new MachineExit(true, "It was suspended", ""));
        }
        return sleeping;
    }

    /** What is written is a text that names the machine, so that it differs from every other disk. */
    @Override
    public void saveDisk(Path target, Progress progress) {
        hypervisor.enter(FakeCall.SAVE_DISK);
        if (process.state() == MachineState.ENDED) {
            throw new HypervisorException(HypervisorError.WRONG_STATE, "The machine has ended");
        }
        progress.report(0, 2);
        progress.report(1, 2);
        try {
            Files.writeString(target, "disk of " + id() + " on " + process.image, StandardOpenOption.CREATE_NEW);
        } catch (IOException e) {
            throw new HypervisorException(HypervisorError.FAILED, "Could not write " + target, e);
        }
    }

    @Override
    public MachineSnapshot takeSnapshot(String name, Progress progress) {
        progress.report(0, 2);
        hypervisor.enter(FakeCall.SNAPSHOT);
        progress.report(1, 2);
        synchronized (process.world) {
            Map<String, FakeSnapshot> snapshots =
                    process.world.snapshots.computeIfAbsent(id(), unused -> new LinkedHashMap<>());
            if (process.state() == MachineState.ENDED || snapshots.containsKey(name)) {
                throw new HypervisorException(HypervisorError.WRONG_STATE, "No snapshot " + name + " can be taken");
            }
            MachineSnapshot taken = new MachineSnapshot(name, Instant.EPOCH.plusSeconds(snapshots.size()), 1000);
            snapshots.put(name, new FakeSnapshot(taken, process.content));
            return taken;
        }
    }

    @Override
    public byte[] screenshot() {
        return PNG.clone();
    }

    @Override
    public MachineUsage usage() {
        hypervisor.enter(FakeCall.USAGE);
        return new MachineUsage(1 << 20, Duration.ZERO, process.diskBytes, process.connections);
    }

    @Override
    public ByteChannel openScreen() {
        hypervisor.enter(FakeCall.OPEN_SCREEN);
        return process.openScreen();
    }

    @Override
    public ByteChannel openSerialConsole() {
        hypervisor.enter(FakeCall.OPEN_SERIAL_CONSOLE);
        return process.openSerialConsole();
    }

    @Override
    public String log() {
        return process.state() == MachineState.ENDED ? process.exit().log() : "log of " + id();
    }
}
