package org.kdcloudlet.server.preparation;

import java.time.Duration;
import java.util.Optional;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.Operations;

/** Ends a preparation without a trace: what is under way for it is cancelled first. What was saved meanwhile is not discarded. */
final class DiscardPreparation {
    private static final Duration CANCELLED = Duration.ofMinutes(1);

    private final Operations operations;
    private final PreparationRegistry registry;
    private final PreparationEnds ends;

    DiscardPreparation(Operations operations, PreparationRegistry registry, PreparationEnds ends) {
        this.operations = operations;
        this.registry = registry;
        this.ends = ends;
    }

    void run(LivePreparation preparation) {
        Optional<Operation> worked = preparation.operation().map(this::cancelled);
        if (registry.byId(preparation.id()).isPresent()) {
            ends.end(preparation);
        } else {
            worked.ifPresent(DiscardPreparation::requireUnsaved);
        }
        ends.tell("discarded", preparation, "was discarded");
    }

    private Operation cancelled(long id) {
        operations.cancel(id);
        Operation operation = operations.await(id, CANCELLED);
        if (!operation.state().ended()) {
            throw new CloudletException(ErrorCode.CONFLICT, "What works on it does not end; try again in a minute");
        }
        return operation;
    }

    private static void requireUnsaved(Operation ended) {
        if (ended.kind().equals(Preparations.SAVE)) {
            String saved = ended.result()
                    .map(version -> " as image version " + version)
                    .orElse("");
            throw new CloudletException(ErrorCode.CONFLICT, "It was saved just now" + saved);
        }
    }
}
