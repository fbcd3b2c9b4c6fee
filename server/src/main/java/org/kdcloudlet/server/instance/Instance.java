package org.kdcloudlet.server.instance;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.kdcloudlet.hypervisor.PortForward;

/**
 * A Service VM, as it was at one moment.
 *
 * @param id of the instance and of its machine
 * @param service internal id of the service; the service may be gone when the instance failed
 * @param serviceId the id that clients use, when it was started
 * @param imageVersion number of the image version that it runs
 * @param kind how its machine came to be
 * @param state where it is in its life
 * @param users how many were counted in and not out
 * @param created when the start was asked for
 * @param readyAt when its service first answered
 * @param lastUsed when it was last started, joined, asked about, worked at by a console, or seen with an open connection
 * @param forwards host ports; the first is the one that clients connect to. Empty without a running machine
 * @param failure why and with which last words, when it failed
 */
public record Instance(
        UUID id,
        String service,
        String serviceId,
        int imageVersion,
        StartKind kind,
        InstanceState state,
        int users,
        Instant created,
        Optional<Instant> readyAt,
        Instant lastUsed,
        List<PortForward> forwards,
        Optional<Failure> failure) {
    public Instance {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(service, "service");
        Objects.requireNonNull(serviceId, "serviceId");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(created, "created");
        Objects.requireNonNull(readyAt, "readyAt");
        Objects.requireNonNull(lastUsed, "lastUsed");
        Objects.requireNonNull(failure, "failure");
        forwards = List.copyOf(forwards);
    }

    /** Where clients connect to; empty without a running machine. */
    public Optional<PortForward> forward() {
        return forwards.stream().findFirst();
    }

    Instance withState(InstanceState newState) {
        return new Instance(
                id,
                service,
                serviceId,
                imageVersion,
                kind,
                newState,
                users,
                created,
                readyAt,
                lastUsed,
                forwards,
                failure);
    }

    /** Running on these ports; ready since then if it was not ready before. */
    Instance running(StartKind how, InstanceState newState, List<PortForward> ports, Instant now) {
        return new Instance(
                id,
                service,
                serviceId,
                imageVersion,
                how,
                newState,
                users,
                created,
                readyAt.or(() -> Optional.of(now)),
                now,
                ports,
                Optional.empty());
    }

    /** Without a machine. */
    Instance suspended() {
        return new Instance(
                id,
                service,
                serviceId,
                imageVersion,
                kind,
                InstanceState.SUSPENDED,
                users,
                created,
                readyAt,
                lastUsed,
                List.of(),
                Optional.empty());
    }

    Instance failed(Failure how) {
        return new Instance(
                id,
                service,
                serviceId,
                imageVersion,
                kind,
                InstanceState.FAILED,
                users,
                created,
                readyAt,
                lastUsed,
                List.of(),
                Optional.of(how));
    }

    /** With so many users more, and used now. */
    Instance counted(int more, Instant now) {
        return new Instance(
                id,
                service,
                serviceId,
                imageVersion,
                kind,
                state,
                Math.max(0, users + more),
                created,
                readyAt,
                now,
                forwards,
                failure);
    }

    /**
     * How an instance ended.
     *
     * @param at when it was noticed
     * @param reason one sentence
     * @param log the tail of what its machine wrote, at most 64 KiB
     */
    public record Failure(Instant at, String reason, String log) {}
}
