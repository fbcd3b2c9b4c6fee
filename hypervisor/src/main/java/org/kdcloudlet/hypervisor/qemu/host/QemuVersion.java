package org.kdcloudlet.hypervisor.qemu.host;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A version of QEMU's programs, e.g. 7.2.22; ordered. */
public record QemuVersion(int major, int minor, int micro) implements Comparable<QemuVersion> {
    /** The oldest version that all recipes of this package were measured with. */
    public static final QemuVersion OLDEST = new QemuVersion(7, 2, 0);

    private static final Pattern FIRST_LINE =
            Pattern.compile("^(?:QEMU emulator|qemu-img) version (\\d{1,4})\\.(\\d{1,4})(?:\\.(\\d{1,4}))?\\b");

    /** Reads what {@code --version} prints. */
    static Optional<QemuVersion> parse(String output) {
        Matcher matcher = FIRST_LINE.matcher(output);
        if (!matcher.find()) {
            return Optional.empty();
        }
        int micro = matcher.group(3) == null ? 0 : Integer.parseInt(matcher.group(3));
        return Optional.of(
                new QemuVersion(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)), micro));
    }

    @Override
    public int compareTo(QemuVersion other) {
        return Comparator.comparingInt(QemuVersion::major)
                .thenComparingInt(QemuVersion::minor)
                .thenComparingInt(QemuVersion::micro)
                .compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + micro;
    }
}
