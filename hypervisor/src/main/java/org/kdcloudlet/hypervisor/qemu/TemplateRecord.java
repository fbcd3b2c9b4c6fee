package org.kdcloudlet.hypervisor.qemu;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;

/**
 * What is kept of a template on disk beside its files.
 *
 * @param version of this format
 * @param environment digest of what it depends on of this host: where that differs, it cannot be used
 * @param edited whether its content is not that of its image any more, so that it cannot be made anew
 * @param disks as those of its clones
 * @param uid of the user its clones run as; 0 if it is the server's own
 * @param created milliseconds since 1970
 * @param diskBytes space that its files take
 * @param stamps of files that are used in place and never change
 * @param linked stamps of files that clones have names of
 */
record TemplateRecord(
        int version,
        String key,
        String environment,
        boolean edited,
        MachineSpec spec,
        Disks disks,
        GuestTools guestTools,
        int uid,
        long created,
        long diskBytes,
        List<FileStamp> stamps,
        List<FileStamp> linked) {
    static final int VERSION = 1;

    TemplateRecord {
        stamps = List.copyOf(stamps);
        linked = List.copyOf(linked);
    }

    Template template() {
        return new Template(new TemplateKey(key), spec, disks.image(), Instant.ofEpochMilli(created), diskBytes);
    }

    Optional<UnprivilegedUser> user() {
        return uid == 0 ? Optional.empty() : Optional.of(new UnprivilegedUser(uid, uid));
    }
}
