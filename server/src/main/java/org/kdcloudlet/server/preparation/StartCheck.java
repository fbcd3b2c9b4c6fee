package org.kdcloudlet.server.preparation;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.DiskImages.ImageLimits;
import org.kdcloudlet.server.error.Problems;
import org.kdcloudlet.server.preparation.Preparation.Start;

/** Says what is wrong with what a preparation is to begin with. */
final class StartCheck {
    private static final long MIB = 1L << 20;

    private final CdromFiles cdroms;
    private final Supplier<ImageLimits> limits;

    StartCheck(CdromFiles cdroms, Supplier<ImageLimits> limits) {
        this.cdroms = cdroms;
        this.limits = limits;
    }

    /**
     * @return the file for the CD-ROM drive
     * @throws org.kdcloudlet.server.error.CloudletException INVALID_VALUE with everything that is wrong
     */
    Optional<Path> check(Start start) {
        Problems problems = new Problems();
        long most = limits.get().maxVirtualBytes() / MIB;
        if (start.version().isEmpty()) {
            problems.require(
                    start.blankMib() >= 1 && start.blankMib() <= most,
                    "blank_mib",
                    "must be 1 to " + most + " without an image version to begin from");
            problems.require(
                    start.cdrom().isPresent(), "cdrom", "must be given with a blank disk, which has nothing to boot");
        } else {
            problems.require(start.blankMib() == 0, "blank_mib", "must not be given together with an image version");
        }
        Optional<Path> cdrom = start.cdrom().flatMap(cdroms::find);
        problems.require(
                start.cdrom().isEmpty() || cdrom.isPresent(), "cdrom", "must be an ISO file in the import folder");
        problems.throwIfAny();
        return cdrom;
    }
}
