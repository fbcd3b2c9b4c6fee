package org.kdcloudlet.server.app;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.kdcloudlet.server.error.Problems;

/**
 * What an operator says of an app.
 *
 * @param serviceId the service that it is a client of; there need not be one of this id yet
 * @param description at most 1000 characters
 * @param tags at most 50, of 1 to 100 characters each, without commas: clients ask for several with commas between them
 */
public record AppMetadata(Optional<String> serviceId, String description, List<String> tags) {
    private static final Pattern SERVICE_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final int MAX_DESCRIPTION = 1000;
    private static final int MAX_TAGS = 50;
    private static final int MAX_TAG = 100;

    public AppMetadata {
        tags = List.copyOf(tags);
    }

    /** Nothing is said. */
    public static AppMetadata none() {
        return new AppMetadata(Optional.empty(), "", List.of());
    }

    public AppMetadata withServiceId(Optional<String> value) {
        return new AppMetadata(value, description, tags);
    }

    public AppMetadata withDescription(String value) {
        return new AppMetadata(serviceId, value, tags);
    }

    public AppMetadata withTags(List<String> value) {
        return new AppMetadata(serviceId, description, value);
    }

    /** Adds everything that is wrong with it. */
    public void check(Problems problems) {
        problems.require(
                serviceId.isEmpty() || SERVICE_ID.matcher(serviceId.get()).matches(),
                "service_id",
                "must have 1 to 128 of A-Z a-z 0-9 . _ - and begin with a letter or digit");
        checkText(problems, "description", description, MAX_DESCRIPTION);
        problems.require(tags.size() <= MAX_TAGS, "tags", "must be " + MAX_TAGS + " at most");
        for (String tag : tags) {
            checkText(problems, "tags", tag, MAX_TAG);
            problems.require(
                    !tag.isBlank() && tag.indexOf(',') < 0, "tags", "must not be empty nor have a comma in them");
        }
    }

    private static void checkText(Problems problems, String field, String value, int limit) {
        problems.require(value.length() <= limit, field, "must have " + limit + " characters at most");
        problems.require(
                value.chars().noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t'),
                field,
                "must not have control characters");
    }
}
