package org.kdcloudlet.server;

/** The version of this program. */
public final class Version {
    private Version() {}

    /** As in the manifest of the jar; {@code development} when run from classes. */
    public static String current() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
