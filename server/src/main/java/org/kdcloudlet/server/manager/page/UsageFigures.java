package org.kdcloudlet.server.manager.page;

import java.util.Optional;
import java.util.UUID;
import org.kdcloudlet.server.manager.page.Rows.Usage;

/** What machines used lately. */
@FunctionalInterface
public interface UsageFigures {
    /** The last figures of an instance; empty when there are none yet. */
    Optional<Usage> of(UUID instance);
}
