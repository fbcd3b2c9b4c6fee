package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.Program;

/** Whether a command says so when not all of its output was written. */
@Timeout(60)
class WholeOutputTest {
    @TempDir
    private Path folder;

    private static WholeOutput thatFailsWith(String words) {
        return new WholeOutput(new OutputStream() {
            @Override
            public void write(int single) throws IOException {
                throw new IOException(words);
            }
        });
    }

    private static void print(WholeOutput output) {
        try (PrintStream stream = new PrintStream(output, true, StandardCharsets.UTF_8)) {
            stream.println("some text");
            stream.write(7);
        }
    }

    @Test
    void aFailureIsRememberedAndAReaderThatHasLeftIsNone() {
        WholeOutput full = thatFailsWith("No space left on device");
        assertThat(full.problem()).isEmpty();
        print(full);
        assertThat(full.problem()).contains("No space left on device");
        WholeOutput left = thatFailsWith("Broken pipe");
        print(left);
        assertThat(left.problem()).isEmpty();
    }

    @Test
    void aCommandWhoseOutputDoesNotFitFails() throws Exception {
        Path err = folder.resolve("err");
        Process command = new Program().start(Path.of("/dev/full"), err, List.of("version"));
        assertThat(command.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(err))
                .isEqualTo("cloudlet: Cannot write all of the output: No space left on device\n");
        assertThat(command.exitValue()).isEqualTo(1);
    }
}
