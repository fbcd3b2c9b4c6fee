package org.kdcloudlet.server.error;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects everything that is wrong with an input, so that it is all reported at once. For use by one thread. */
public final class Problems {
    /** One thing that is wrong: which field, and what is expected of it. */
    public record Problem(String field, String message) {}

    private final List<Problem> found = new ArrayList<>();

    public void add(String field, String message) {
        found.add(new Problem(field, message));
    }

    /** Adds a problem unless the condition holds. */
    public void require(boolean condition, String field, String message) {
        if (!condition) {
            add(field, message);
        }
    }

    public List<Problem> found() {
        return List.copyOf(found);
    }

    /**
     * @throws CloudletException {@link ErrorCode#INVALID_VALUE} with all problems, if there is one
     */
    public void throwIfAny() {
        if (found.isEmpty()) {
            return;
        }
        List<String> sentences = new ArrayList<>();
        List<Map<String, String>> problems = new ArrayList<>();
        for (Problem problem : found) {
            sentences.add(problem.field() + ": " + problem.message());
            Map<String, String> entry = new LinkedHashMap<>();
            entry.put("field", problem.field());
            entry.put("message", problem.message());
            problems.add(entry);
        }
        throw new CloudletException(
                ErrorCode.INVALID_VALUE, String.join("; ", sentences), Map.of("problems", List.copyOf(problems)));
    }
}
