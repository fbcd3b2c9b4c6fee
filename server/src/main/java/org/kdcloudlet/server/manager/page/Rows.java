package org.kdcloudlet.server.manager.page;

import java.util.List;
import java.util.Optional;
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
    }

    /**
     * An instance.
     *
     * @param usage what its machine used lately; empty when that is not known yet
     */
    public record InstanceRow(Instance instance, Optional<Usage> usage) {
        /** Where its ports are reached. */
        public List<String> places() {
            return instance.forwards().stream()
                    .map(forward -> forward.hostPort() + " → " + forward.guest().port() + "/"
                            + Format.word(forward.guest().protocol()))
                    .toList();
        }
    }

    /**
     * What a machine uses.
     *
     * @param cpuPercent of one processor, over the last seconds
     * @param memoryBytes that it does not share with its template
     */
    public record Usage(int cpuPercent, long memoryBytes) {}

    /** Something that an operator should look at. */
    public record Attention(String what, String link) {}
}
