package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.kdcloudlet.hypervisor.MachineSnapshot;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;

/** The snapshots that machines have, whether they run or sleep. */
final class MachineSnapshots {
    private final HypervisorFolder folder;

    MachineSnapshots(HypervisorFolder folder) {
        this.folder = folder;
    }

    /** Oldest first. */
    List<MachineSnapshot> of(UUID machine) {
        List<MachineSnapshot> snapshots = new ArrayList<>();
        try {
            for (SnapshotFolder snapshot : folder.machine(machine).snapshots()) {
                snapshot.read().ifPresent(snapshots::add);
            }
        } catch (IOException e) {
            throw Failures.of("Could not read the snapshots of machine " + machine, e);
        }
        snapshots.sort(Comparator.comparing(MachineSnapshot::taken));
        return List.copyOf(snapshots);
    }

    void remove(UUID machine, String name) {
        if (!MachineSnapshot.isName(name)) {
            return;
        }
        try {
            folder.machine(machine).snapshot(name).remove();
        } catch (IOException e) {
            throw Failures.of("Could not remove snapshot " + name + " of machine " + machine, e);
        }
    }
}
