package org.kdcloudlet.server.app;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What an Android package says of itself. Texts come from elsewhere: they have no control characters and a bounded length, and
 * may hold anything else.
 *
 * @param packageName e.g. {@code org.example.speech}; at most 255 characters
 * @param name what people call it; at most 200 characters
 * @param versionName what people call its version; at most 100 characters
 * @param versionCode counts up from version to version
 * @param minAndroid the oldest Android that it runs on, e.g. {@code 4.1}
 */
public record PackageDetails(String packageName, String name, String versionName, long versionCode, String minAndroid) {
    private static final Pattern PACKAGE_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_]*(\\.[A-Za-z][A-Za-z0-9_]*)+");
    private static final int MAX_PACKAGE_NAME = 255;
    private static final int MAX_NAME = 200;
    private static final int MAX_VERSION = 100;

    /**
     * @throws IllegalArgumentException when the package name is none that Android would take
     */
    public PackageDetails {
        Objects.requireNonNull(packageName, "packageName");
        if (packageName.length() > MAX_PACKAGE_NAME
                || !PACKAGE_NAME.matcher(packageName).matches()) {
            throw new IllegalArgumentException("its package name is not one of Android");
        }
        name = printable(name, MAX_NAME);
        versionName = printable(versionName, MAX_VERSION);
        minAndroid = printable(minAndroid, MAX_VERSION);
    }

    private static String printable(String text, int limit) {
        String clean =
                text.replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Cs}\\u2028\\u2029]", " ").strip();
        return clean.length() <= limit ? clean : clean.substring(0, clean.offsetByCodePoints(0, limit / 2));
    }
}
