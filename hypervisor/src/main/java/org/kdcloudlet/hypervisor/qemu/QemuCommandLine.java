package org.kdcloudlet.hypervisor.qemu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.OsFamily;
import org.kdcloudlet.hypervisor.qemu.protocol.IdentityPort;
import org.kdcloudlet.hypervisor.qemu.protocol.Json;

/**
 * The arguments of a QEMU. A template and its clones get the same devices in the same order, or the clone could not take over the
 * template's state; whoever changes a device here has to raise {@link #REVISION}. All files are named relative to the machine's
 * folder, and every disk is opened with an explicit format and an explicit backing disk: what its header says does not count.
 */
final class QemuCommandLine {
    /** Part of each template's key. */
    static final int REVISION = 2;

    private final QemuPlatform platform;
    private final MachineRequest request;
    private final MachineSpec spec;
    private final List<String> arguments = new ArrayList<>();

    private QemuCommandLine(QemuPlatform platform, MachineRequest request) {
        this.platform = platform;
        this.request = request;
        this.spec = request.spec();
    }

    /** How a machine begins, and what it is for. */
    enum Start {
        /** It boots when it is told to, which is when somebody reads its serial port. */
        BOOT,
        /** QEMU waits for a state to take over instead of booting. */
        INCOMING,
        /** It boots likewise, an operator works in it, and QEMU stays when the guest switches itself off. No template is made of it. */
        ATTENDED
    }

    static List<String> of(
            QemuPlatform platform, MachineRequest request, Disks disks, MemoryBacking memory, Start start) {
        QemuCommandLine line = new QemuCommandLine(platform, request);
        line.machine(memory);
        line.channels();
        line.disk(disks);
        line.network();
        line.devices();
        switch (start) {
            case BOOT -> line.add("-S");
            case INCOMING -> line.add("-incoming", "defer");
            case ATTENDED -> line.attended(disks);
        }
        return List.copyOf(line.arguments);
    }

    private void machine(MemoryBacking memory) {
        add("-nodefaults", "-no-user-config", "-display", "none", "-vga", "none");
        add("-name", request.id().toString(), "-uuid", request.id().toString());
        String machine = platform.machineType(spec.deviceSet()) + ",accel=" + platform.acceleratorName()
                + ",usb=off,vmport=off,dump-guest-core=off,memory-backend=mem";
        if (spec.firmware() == Firmware.UEFI) {
            Path code = platform.installation().requireOvmf().code();
            blockdev(file("firmware", code.toString(), true));
            blockdev(file("variables", MachineFolder.VARIABLES, false));
            machine += ",pflash0=firmware,pflash1=variables";
        }
        add("-machine", machine, "-cpu", platform.cpuModel());
        add("-m", spec.memoryMib() + "M", "-smp", Integer.toString(spec.cpus()));
        add("-object", memory.option(spec.memoryMib()));
        add("-rtc", "base=" + (spec.osFamily() == OsFamily.WINDOWS ? "localtime" : "utc"));
        add("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
    }

    /** What the server talks to: QEMU itself, the screen, the serial port. */
    private void channels() {
        add("-chardev", socket(MachineFolder.QMP), "-mon", "chardev=" + MachineFolder.QMP + ",mode=control");
        add("-vnc", "unix:" + MachineFolder.SCREEN);
        add("-chardev", socket(MachineFolder.CONSOLE), "-serial", "chardev:" + MachineFolder.CONSOLE);
    }

    private void disk(Disks disks) {
        Optional<String> below = Optional.empty();
        if (disks.onImage()) {
            ObjectNode image = format("image", disks.imageFormat(), file("image-file", MachineFolder.IMAGE, true));
            blockdev(image.put("read-only", true));
            below = Optional.of("image");
        }
        if (disks.onTemplate()) {
            ObjectNode base = format("base", DiskFormat.QCOW2, file("base-file", MachineFolder.BASE, true));
            blockdev(base.put("read-only", true).put("backing", below.orElseThrow()));
            below = Optional.of("base");
        }
        ObjectNode overlay = format("disk", DiskFormat.QCOW2, file("disk-file", MachineFolder.DISK, false));
        below.ifPresent(node -> overlay.put("backing", node));
        blockdev(overlay.put("discard", "unmap").set("cache", noFlush()));
        switch (spec.deviceSet()) {
            case VIRTIO -> add("-device", "virtio-blk-pci,drive=disk");
            case LEGACY -> add("-device", "ide-hd,drive=disk");
        }
    }

    private void network() {
        String restrict = request.network() == NetworkAccess.NONE ? "on" : "off";
        add("-netdev", "user,id=net0,restrict=" + restrict + ",hostname=" + request.hostName());
        String card =
                switch (spec.deviceSet()) {
                    case VIRTIO -> "virtio-net-pci";
                    case LEGACY -> spec.osFamily() == OsFamily.WINDOWS ? "rtl8139" : "virtio-net-pci";
                };
        add("-device", card + ",netdev=net0,romfile=,mac=" + MachineIdentity.macAddress(request.id()));
    }

    private void devices() {
        add("-device", "VGA", "-device", "vmgenid,guid=auto");
        switch (spec.deviceSet()) {
            case VIRTIO -> {
                add("-device", "virtio-rng-pci", "-device", "virtio-serial-pci");
                port(MachineFolder.AGENT, "org.qemu.guest_agent.0");
                port(MachineFolder.IDENTITY, IdentityPort.NAME);
            }
            case LEGACY -> {
                // guests of the reference system expect no more
            }
        }
    }

    /**
     * What an operator needs besides, after all other devices, so that those are where they are in the machines of the service: a
     * pointer that goes where the one in the browser is, and a drive.
     */
    private void attended(Disks disks) {
        add("-S", "-no-shutdown");
        add("-device", "qemu-xhci,id=usb", "-device", "usb-tablet,bus=usb.0");
        if (disks.cdrom()) {
            ObjectNode cdrom = format("cdrom", DiskFormat.RAW, file("cdrom-file", "../" + MachineFolder.CDROM, true));
            blockdev(cdrom.put("read-only", true));
            add("-device", "ide-cd,id=" + MachineFolder.CDROM + ",drive=cdrom");
        }
    }

    private void port(String name, String nameInGuest) {
        add("-chardev", socket(name), "-device", "virtserialport,chardev=" + name + ",name=" + nameInGuest);
    }

    private static String socket(String name) {
        return "socket,id=" + name + ",path=" + name + ",server=on,wait=off";
    }

    /** A disk is lost with its machine anyway, so QEMU need not wait for the host's disk; suspending flushes it. */
    private static ObjectNode noFlush() {
        return Json.object().put("no-flush", true);
    }

    private static ObjectNode file(String node, String name, boolean readOnly) {
        return Json.object()
                .put("driver", "file")
                .put("node-name", node)
                .put("filename", name)
                .put("read-only", readOnly);
    }

    private static ObjectNode format(String node, DiskFormat format, ObjectNode file) {
        ObjectNode disk = Json.object().put("node-name", node);
        disk.set("file", file);
        return switch (format) {
            case QCOW2 -> disk.put("driver", "qcow2").putNull("backing");
            case RAW -> disk.put("driver", "raw");
            case VMDK, VDI -> throw new IllegalArgumentException("Machines do not run from " + format + " images");
        };
    }

    private void blockdev(ObjectNode node) {
        add("-blockdev", node.toString());
    }

    private void add(String... more) {
        arguments.addAll(List.of(more));
    }
}
