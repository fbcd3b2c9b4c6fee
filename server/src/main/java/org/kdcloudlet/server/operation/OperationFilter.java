package org.kdcloudlet.server.operation;

import java.util.List;
import java.util.Optional;

/**
 * Which operations are wanted.
 *
 * @param state only those in this state
 * @param before only those with a smaller id: for the next page
 * @param most 1 to 1000
 */
public record OperationFilter(Optional<OperationState> state, Optional<Long> before, int most) {
    /** The most operations that are told at once. */
    public static final int MOST = 1000;

    public OperationFilter {
        if (most < 1 || most > MOST) {
            throw new IllegalArgumentException("most is 1 to " + MOST);
        }
    }

    /** All that are in the state, however many and of whatever page. */
    public List<Operation> inState(List<Operation> operations) {
        return operations.stream()
                .filter(operation -> state.isEmpty() || state.get() == operation.state())
                .toList();
    }

    /** Those that fit, the newest ones when there are too many. */
    public List<Operation> of(List<Operation> newestFirst) {
        return inState(newestFirst).stream().filter(this::isBefore).limit(most).toList();
    }

    /** Whether it is of this page or a later one. */
    public boolean isBefore(Operation operation) {
        return before.isEmpty() || operation.id() < before.get();
    }
}
