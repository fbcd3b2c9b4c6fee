package org.kdcloudlet.hypervisor.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.MachineState;
import org.kdcloudlet.hypervisor.PortForward;

/** What runs of a machine: it outlives the hypervisor that started it, and tells the machines that watch it of its end. */
final class FakeProcess {
    final FakeWorld world;
    final MachineRequest request;
    final List<PortForward> forwards;
    final boolean freezable;
    final String image;
    volatile String content = "";
    volatile int connections;
    volatile long diskBytes = 1 << 10;
    volatile boolean stays;
    private Optional<Path> cdrom = Optional.empty();
    private boolean hasDrive;
    private final Set<FakeMachine> watchers = new HashSet<>();
    private final List<FakeScreen> screens = new ArrayList<>();
    private final List<FakeScreen> serialConsoles = new ArrayList<>();
    private MachineState state = MachineState.RUNNING;
    private MachineExit exit;

    FakeProcess(FakeWorld world, MachineRequest request, boolean freezable, String image) {
        this.world = world;
        this.request = request;
        this.freezable = freezable;
        this.image = image;
        this.forwards = world.locked(() -> {
            if (world.processes.containsKey(request.id()) || world.suspended.containsKey(request.id())) {
                throw new HypervisorException(HypervisorError.WRONG_STATE, "There is a machine " + request.id());
            }
            List<PortForward> taken = takePorts();
            world.processes.put(request.id(), this);
            return taken;
        });
    }

    private List<PortForward> takePorts() {
        List<PortForward> taken = new ArrayList<>();
        HostPorts range = request.hostPorts();
        int next = range.first();
        for (GuestPort port : request.ports()) {
            while (world.ports.contains(next)) {
                next++;
            }
            if (next > range.last()) {
                throw new HypervisorException(HypervisorError.PORTS_EXHAUSTED, "No port is free in " + range);
            }
            taken.add(new PortForward(port, range.address(), next++));
        }
        taken.forEach(forward -> world.ports.add(forward.hostPort()));
        return List.copyOf(taken);
    }

    void watch(FakeMachine machine) {
        MachineExit ended;
        synchronized (world) {
            watchers.add(machine);
            ended = exit;
        }
        if (ended != null) {
            machine.ended(ended);
        }
    }

    FakeScreen openScreen() {
        return connect(screens);
    }

    FakeScreen openSerialConsole() {
        return connect(serialConsoles);
    }

    private FakeScreen connect(List<FakeScreen> connections) {
        synchronized (world) {
            if (state == MachineState.ENDED) {
                throw new HypervisorException(HypervisorError.WRONG_STATE, "The machine has ended");
            }
            FakeScreen connection = new FakeScreen();
            connections.add(connection);
            return connection;
        }
    }

    List<FakeScreen> screens() {
        synchronized (world) {
            return List.copyOf(screens);
        }
    }

    List<FakeScreen> serialConsoles() {
        synchronized (world) {
            return List.copyOf(serialConsoles);
        }
    }

    /** Nobody watches any more, as after the death of the watching process. */
    void detach() {
        synchronized (world) {
            watchers.clear();
        }
    }

    void detach(FakeMachine machine) {
        synchronized (world) {
            watchers.remove(machine);
        }
    }

    MachineState state() {
        synchronized (world) {
            return state;
        }
    }

    void pause(boolean pause) {
        synchronized (world) {
            if (state == MachineState.ENDED) {
                throw new HypervisorException(HypervisorError.WRONG_STATE, "The machine has ended");
            }
            state = pause ? MachineState.PAUSED : MachineState.RUNNING;
        }
    }

    /** From now on it outlives its guest. */
    void attend(Optional<Path> inserted) {
        synchronized (world) {
            stays = true;
            cdrom = inserted;
            hasDrive = inserted.isPresent();
        }
    }

    Optional<Path> cdrom() {
        synchronized (world) {
            return cdrom;
        }
    }

    void ejectCdrom() {
        synchronized (world) {
            if (state == MachineState.ENDED || !hasDrive) {
                throw new HypervisorException(HypervisorError.WRONG_STATE, "The machine has no drive");
            }
            cdrom = Optional.empty();
        }
    }

    /** The guest switches itself off. */
    void switchOff() {
        synchronized (world) {
            if (stays && state != MachineState.ENDED) {
                state = MachineState.POWERED_OFF;
                return;
            }
        }
        end(new MachineExit(true, "The guest shut itself down", "goodbye"));
    }

    void end(MachineExit how) {
        List<FakeMachine> told;
        synchronized (world) {
            if (exit != null) {
                return;
            }
            exit = how;
            state = MachineState.ENDED;
            world.processes.remove(request.id());
            if (!world.suspended.containsKey(request.id())) {
                world.snapshots.remove(request.id());
            }
            forwards.forEach(forward -> world.ports.remove(forward.hostPort()));
            told = List.copyOf(watchers);
        }
        screens().forEach(FakeScreen::end);
        serialConsoles().forEach(FakeScreen::end);
        told.forEach(machine -> machine.ended(how));
    }

    MachineExit exit() {
        synchronized (world) {
            return exit;
        }
    }
}
