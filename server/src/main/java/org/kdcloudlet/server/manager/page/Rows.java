package org.kdcloudlet.server.manager.page;

import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.instance.Instance;
import org.kdcloudlet.server.instance.PoolStatus;

/** Rows of tables. */
public final class Rows {
    private Rows() {}

    /**
     * A service.
     *
     * @param instances how many run
     * @param attention what an operator has to do before it comes up; empty when nothing
     */
    public record ServiceRow(Service service, int instances, Optional<PoolStatus> pool, Optional<String> attention) {
        /** What state it is in, in words. */
        public String state() {
            if (service.imageVersion().isEmpty()) {
                return "no image";
            }
            return attention.isPresent() || pool.flatMap(PoolStatus::problem).isPresent() ? "needs attention" : "ready";
        }

        /** All that the row of the table shows and that may change. */
        public List<Object> shown() {
            return List.of(
                    service.serviceId(),
                    service.definition().description(),
                    state(),
                    service.imageVersion(),
                    instances,
                    pool.map(PoolStatus::ready),
                    pool.map(PoolStatus::wanted));
        }
    }

    /**
     * An instance.
     *
     * @param host where devices reach this host, for ports that are open on all its addresses
     */
    public record InstanceRow(Instance instance, String host) {
        private static final int SSH = 22;

        public String id() {
            return instance.id().toString();
        }

        /** Enough of the id to tell it from others. */
        public String shortId() {
            return id().substring(0, 8);
        }

        /** Where clients connect to, and what that leads to; empty without a running machine. */
        public List<String> places() {
            return instance.forwards().stream()
                    .map(forward -> address(forward) + " → " + forward.guest().port() + "/"
                            + Format.word(forward.guest().protocol()))
                    .toList();
        }

        /** What reaches the guest's SSH server, if that is one of its ports. */
        public Optional<String> ssh() {
            return instance.forwards().stream()
                    .filter(forward ->
                            forward.guest().port() == SSH && forward.guest().protocol() == Protocol.TCP)
                    .map(this::address)
                    .findFirst();
        }

        private String address(PortForward forward) {
            String place = forward.hostAddress().isAnyLocalAddress()
                    ? host
                    : forward.hostAddress().getHostAddress();
            return (place.contains(":") ? "[" + place + "]" : place) + ":" + forward.hostPort();
        }

        /** Whether it has a machine that runs or is paused. */
        public boolean hasMachine() {
            return instance.state().isUp();
        }

        /** All that the row shows and that may change, but for its age and what its machine uses. */
        public List<Object> shown() {
            return List.of(
                    instance.serviceId(),
                    instance.state(),
                    instance.users(),
                    places(),
                    instance.imageVersion(),
                    instance.kind(),
                    instance.failure());
        }
    }

    /**
     * What a machine uses.
     *
     * @param cpuPercent of one processor, over the last seconds
     * @param memoryBytes that it does not share with its template
     */
    public record Usage(int cpuPercent, long memoryBytes) {
        public String cpuText() {
            return cpuPercent + " %";
        }

        public String memoryText() {
            return Format.size(memoryBytes);
        }
    }

    /** Something that an operator should look at. */
    public record Attention(String what, String link) {}
}
