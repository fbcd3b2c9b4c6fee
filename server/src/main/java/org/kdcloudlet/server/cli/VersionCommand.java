package org.kdcloudlet.server.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** {@code cloudlet version}. */
@Command(name = "version", mixinStandardHelpOptions = true, description = "Prints the version of this program.")
final class VersionCommand implements Runnable {
    @Override
    public void run() {
        System.out.println(version());
    }

    /** As in the manifest of the jar; {@code development} when run from classes. */
    static String version() {
        String version = VersionCommand.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /** For {@code --version}. */
    static final class Provider implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {version()};
        }
    }
}
