package org.kdcloudlet.server.host.announcement;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What this cloudlet is called when its name is taken: {@code 2 ridge}, {@code 3 ridge}. Devices take the last word for the
 * cloudlet's name (spec/discovery.md), so the name stays last.
 */
final class CloudletNames {
    private static final Pattern NUMBERED = Pattern.compile("([0-9]{1,6}) (.+)");
    /** The longest label of a DNS name, in bytes (RFC 1035, section 2.3.4). */
    private static final int MAX_LABEL = 63;

    private CloudletNames() {}

    /** The name to try after this one; empty when it would be too long for DNS. */
    static Optional<String> next(String name) {
        Matcher matcher = NUMBERED.matcher(name);
        String next = matcher.matches() ? Integer.parseInt(matcher.group(1)) + 1 + " " + matcher.group(2) : "2 " + name;
        return Optional.of(next).filter(text -> text.getBytes(StandardCharsets.UTF_8).length <= MAX_LABEL);
    }
}
