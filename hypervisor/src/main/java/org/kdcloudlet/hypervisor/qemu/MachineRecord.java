package org.kdcloudlet.hypervisor.qemu;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;

/**
 * What is kept of a machine on disk, so that another process can carry on with it. Forwarded ports of one that
 * runs are not: QEMU knows them.
 *
 * @param version of this format
 * @param suspendedAt milliseconds since 1970 when it was suspended; 0 if it runs
 * @param uid of the user QEMU runs as; 0 if it is the server's own
 * @param freezable whether its memory is a file of which a template can be made
 * @param template key of the template that it is a clone or an edited copy of; empty if there is none
 * @param stays whether QEMU stays when the guest switches itself off
 * @param lastPorts host ports that a suspended machine had, in the order of the request's; empty if it runs
 */
record MachineRecord(
        int version,
        long suspendedAt,
        int uid,
        boolean freezable,
        String template,
        GuestTools guestTools,
        Disks disks,
        boolean stays,
        List<Integer> lastPorts,
        MachineRequest request) {
    static final int VERSION = 1;

    /** Records of servers that did not know of last ports have none. */
    MachineRecord {
        lastPorts = lastPorts == null ? List.of() : List.copyOf(lastPorts);
    }

    static MachineRecord running(
            MachineRequest request,
            Optional<UnprivilegedUser> user,
            boolean freezable,
            Optional<TemplateKey> template,
            GuestTools guestTools,
            Disks disks) {
        return new MachineRecord(
                VERSION,
                0,
                user.map(UnprivilegedUser::uid).orElse(0),
                freezable,
                template.map(TemplateKey::value).orElse(""),
                guestTools,
                disks,
                false,
                List.of(),
                request);
    }

    boolean asleep() {
        return suspendedAt != 0;
    }

    Optional<UnprivilegedUser> user() {
        return uid == 0 ? Optional.empty() : Optional.of(new UnprivilegedUser(uid, uid));
    }

    Optional<TemplateKey> templateKey() {
        return template.isEmpty() ? Optional.empty() : Optional.of(new TemplateKey(template));
    }

    /** The same machine, which outlives its guest. */
    MachineRecord asStaying() {
        return new MachineRecord(
                version, suspendedAt, uid, freezable, template, guestTools, disks, true, lastPorts, request);
    }

    /** The same machine, asleep. */
    MachineRecord asSuspended(Instant when, List<PortForward> forwards) {
        List<Integer> ports = forwards.stream().map(PortForward::hostPort).toList();
        return new MachineRecord(
                version, when.toEpochMilli(), uid, false, template, guestTools, disks, stays, ports, request);
    }

    /** The same machine, running again on other ports. */
    MachineRecord asWoken(HostPorts hostPorts) {
        MachineRequest woken = new MachineRequest(
                request.id(),
                request.hostName(),
                request.spec(),
                request.ports(),
                hostPorts,
                request.network(),
                request.labels());
        return new MachineRecord(version, 0, uid, false, template, guestTools, disks, stays, List.of(), woken);
    }
}
