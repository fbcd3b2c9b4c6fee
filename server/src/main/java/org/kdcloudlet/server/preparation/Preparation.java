package org.kdcloudlet.server.preparation;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.kdcloudlet.hypervisor.NetworkAccess;

/**
 * An image of a service that an operator prepares by hand, as it was at one moment.
 *
 * @param id of its machine too
 * @param service internal id of the service
 * @param start what it began with
 * @param state where it is
 * @param created when it was begun
 * @param lastAttended when somebody last looked at it
 * @param cdrom what is in the CD-ROM drive; empty when nothing is, or nothing any more
 * @param operation what works on it: begins or saves it
 * @param problem why it failed
 */
public record Preparation(
        UUID id,
        String service,
        Start start,
        PreparationState state,
        Instant created,
        Instant lastAttended,
        Optional<String> cdrom,
        Optional<Long> operation,
        Optional<String> problem) {
    public Preparation {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(service, "service");
        Objects.requireNonNull(start, "start");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(created, "created");
        Objects.requireNonNull(lastAttended, "lastAttended");
        Objects.requireNonNull(cdrom, "cdrom");
        Objects.requireNonNull(operation, "operation");
        Objects.requireNonNull(problem, "problem");
    }

    /**
     * What a preparation begins with: an image version, or a blank disk.
     *
     * @param version number of the image version; empty for a blank disk
     * @param blankMib size of the blank disk in MiB; 0 with an image version
     * @param network what the guest may reach by itself, in this preparation alone
     * @param cdrom name of an ISO file of the import folder for the CD-ROM drive
     */
    public record Start(Optional<Integer> version, long blankMib, NetworkAccess network, Optional<String> cdrom) {
        public Start {
            Objects.requireNonNull(version, "version");
            Objects.requireNonNull(network, "network");
            Objects.requireNonNull(cdrom, "cdrom");
        }

        /** From an image version, without network and CD-ROM. */
        public static Start from(int version) {
            return new Start(Optional.of(version), 0, NetworkAccess.NONE, Optional.empty());
        }

        /** From a blank disk, without network and CD-ROM. */
        public static Start blank(long mib) {
            return new Start(Optional.empty(), mib, NetworkAccess.NONE, Optional.empty());
        }

        public Start withNetwork(NetworkAccess granted) {
            return new Start(version, blankMib, granted, cdrom);
        }

        public Start withCdrom(String name) {
            return new Start(version, blankMib, network, Optional.of(name));
        }
    }

    /** Whether something works on it, so that nothing else can. */
    public boolean busy() {
        return state == PreparationState.STARTING || state == PreparationState.SAVING;
    }

    /** Whether it has a machine that can be looked at. */
    public boolean live() {
        return state != PreparationState.STARTING && state != PreparationState.FAILED;
    }
}
