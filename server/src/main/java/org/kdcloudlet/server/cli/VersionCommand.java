package org.kdcloudlet.server.cli;

import org.kdcloudlet.server.Version;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** {@code cloudlet version}. */
@Command(name = "version", mixinStandardHelpOptions = true, description = "Prints the version of this program.")
final class VersionCommand implements Runnable {
    @Override
    public void run() {
        System.out.println(Version.current());
    }

    /** For {@code --version}. */
    static final class Provider implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {Version.current()};
        }
    }
}
