package org.kdcloudlet.server.catalog;

import java.util.List;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.OsFamily;

/**
 * The hardware that a packaged guest was made for.
 *
 * @param notes what could not be kept as it was, one sentence each
 */
record GuestHardware(MachineSpec machine, List<String> notes) {
    GuestHardware {
        notes = List.copyOf(notes);
    }

    /** The reference's: BIOS, 1 GiB, 2 CPUs, the disk on IDE (spec/csvm.md). */
    static GuestHardware ofTheReference(String... notes) {
        return new GuestHardware(
                new MachineSpec(1024, 2, OsFamily.LINUX, Firmware.BIOS, DeviceSet.LEGACY), List.of(notes));
    }
}
