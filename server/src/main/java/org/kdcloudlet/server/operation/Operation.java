package org.kdcloudlet.server.operation;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.server.error.ErrorCode;

/**
 * A long job, as it was at one moment.
 *
 * @param id 1 to 19 digits, counts up
 * @param kind what it does, e.g. {@code image.import}
 * @param target what it does it to, e.g. a service id
 * @param state where it is in its life
 * @param steps in the order in which they were begun; the last is the one at work
 * @param percent 0 to 100, of the step at work; empty when unknown
 * @param bytesDone bytes of the step at work
 * @param bytesTotal bytes of the step at work in all, 0 when unknown
 * @param log what it had to say, at most the last 200 lines
 * @param error why it failed or was cancelled
 * @param result what came of it, e.g. the number of an image version
 * @param cancellable whether {@link Operations#cancel} would do anything
 * @param created when it was started
 * @param deadline by when it is cancelled
 * @param finished when it ended
 */
public record Operation(
        long id,
        String kind,
        String target,
        OperationState state,
        List<Step> steps,
        Optional<Integer> percent,
        long bytesDone,
        long bytesTotal,
        List<String> log,
        Optional<Failure> error,
        Optional<String> result,
        boolean cancellable,
        Instant created,
        Instant deadline,
        Optional<Instant> finished) {
    public Operation {
        steps = List.copyOf(steps);
        log = List.copyOf(log);
    }

    /** A part of an operation, in words of the operator, and how far it came. */
    public record Step(String name, OperationState state) {}

    /** Why an operation did not succeed. */
    public record Failure(ErrorCode code, String message) {}
}
