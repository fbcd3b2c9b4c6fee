package org.kdcloudlet.server.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** Reads a password from a file, from the terminal without showing it, or from standard input; never from the command line. */
final class Passwords {
    private Passwords() {}

    /** @param file whose first line it is; empty asks at the terminal, or reads a line where there is none */
    static String read(Optional<Path> file) {
        try {
            if (file.isPresent()) {
                return firstLine(Files.newBufferedReader(file.get()));
            }
            java.io.Console terminal = System.console();
            return terminal == null
                    ? firstLine(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)))
                    : ask(terminal);
        } catch (IOException e) {
            throw new CommandFailedException(ExitStatus.FAILED, "Cannot read the password: " + e.getMessage());
        }
    }

    private static String ask(java.io.Console terminal) {
        char[] first = terminal.readPassword("New password: ");
        char[] second = terminal.readPassword("The same again: ");
        if (first == null || !Arrays.equals(first, second)) {
            throw new CommandFailedException(ExitStatus.FAILED, "The two are not the same; nothing was changed.");
        }
        return new String(first);
    }

    private static String firstLine(BufferedReader reader) throws IOException {
        try (reader) {
            return Optional.ofNullable(reader.readLine())
                    .orElseThrow(() -> new IOException("there is none; give one line"));
        }
    }
}
