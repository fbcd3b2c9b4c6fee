package org.kdcloudlet.server.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Hashes by {@code sha256sum} of GNU coreutils, in a process beside this one. A server that is compiled for a quick start
 * ({@code -XX:TieredStopAtLevel=1}) hashes some 100 MB in a second of a processor, a third of what that program does, and less than is
 * unpacked meanwhile. Closing it ends the process, whatever came of it.
 */
final class Sha256Program implements ContentDigest {
    private static final Path PROGRAM = Path.of("/usr/bin/sha256sum");
    private static final int DIGITS = 64;

    private final Process process;
    private final OutputStream in;

    private Sha256Program(Process process) {
        this.process = process;
        this.in = process.getOutputStream();
    }

    /** Whether there is that program on this host. */
    static boolean isThere() {
        return Files.isExecutable(PROGRAM);
    }

    static Sha256Program start() throws IOException {
        return new Sha256Program(new ProcessBuilder(List.of(PROGRAM.toString(), "--binary", "-"))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    @Override
    public void update(byte[] bytes, int length) throws IOException {
        in.write(bytes, 0, length);
    }

    @Override
    public String finish() throws IOException {
        in.close();
        try (InputStream out = process.getInputStream()) {
            String digest = new String(out.readNBytes(DIGITS), StandardCharsets.US_ASCII);
            if (!digest.matches("[0-9a-f]{" + DIGITS + "}")) {
                throw new IOException(PROGRAM + " ended without a digest");
            }
            return digest;
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
