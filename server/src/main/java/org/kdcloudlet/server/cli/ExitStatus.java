package org.kdcloudlet.server.cli;

/** Exit statuses of the commands, documented in docs/reference/command-line.md. */
final class ExitStatus {
    /** The server refused, or what was asked for failed. */
    static final int FAILED = 1;
    /** The command line is wrong. */
    static final int USAGE = 2;
    /** No server runs on that data directory. */
    static final int NO_SERVER = 3;

    private ExitStatus() {}
}
