package org.kdcloudlet.server.account;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Browsers in which an administrator has logged in. Each gets a mark by which it is known again, so that whoever guesses this
 * administrator's password elsewhere does not keep it out. A mark is an HMAC-SHA-256 (RFC 2104) whose key is the stored hash of the
 * password: there is nothing to be kept, and with another password it is worth nothing.
 */
final class KnownBrowsers {
    private static final Pattern MARK = Pattern.compile("([0-9]{1,12})\\.([0-9a-f]{16})\\.([0-9a-f]{64})");

    private final Secrets secrets;
    private final Clock clock;

    KnownBrowsers(Secrets secrets, Clock clock) {
        this.secrets = secrets;
        this.clock = clock;
    }

    /** A new mark for a browser in which this one has just logged in. */
    String mark(AdministratorRepository.Stored administrator) {
        String ends = Long.toString(clock.instant().plus(Browser.KNOWN_FOR).getEpochSecond());
        String id = secrets.id();
        return ends + "." + id + "." + authenticator(administrator, ends, id);
    }

    /** The id of the browser that has this mark; empty when it is not one of this administrator, or not any more. Any text may be asked for. */
    Optional<String> known(String mark, AdministratorRepository.Stored administrator) {
        Matcher parts = MARK.matcher(mark);
        if (!parts.matches() || !clock.instant().isBefore(Instant.ofEpochSecond(Long.parseLong(parts.group(1))))) {
            return Optional.empty();
        }
        String expected = authenticator(administrator, parts.group(1), parts.group(2));
        boolean genuine = MessageDigest.isEqual(
                expected.getBytes(StandardCharsets.US_ASCII), parts.group(3).getBytes(StandardCharsets.US_ASCII));
        return genuine ? Optional.of(parts.group(2)) : Optional.empty();
    }

    private static String authenticator(AdministratorRepository.Stored administrator, String ends, String id) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(
                    administrator.passwordHash().getBytes(StandardCharsets.UTF_8), mac.getAlgorithm()));
            String text = "browser " + administrator.administrator().name() + " " + ends + " " + id;
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HMAC-SHA-256", e);
        }
    }
}
