package org.kdcloudlet.speech.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.speech.audio.Recording;
import org.kdcloudlet.speech.recognizer.Engines;
import picocli.CommandLine;

class ProbeCommandTest {
    private final StringWriter err = new StringWriter();

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"0.5", "1", "2"})
    void writesTheBeginningOfARecordingAsARequest(String seconds) throws Exception {
        Path output = folder.resolve("request");

        assertThat(run(Engines.cards().toString(), output.toString(), "--seconds", seconds))
                .as(err.toString())
                .isZero();

        ByteBuffer request = ByteBuffer.wrap(Files.readAllBytes(output));
        assertThat(request.capacity()).isLessThanOrEqualTo(65_507);
        assertThat(request.getLong(0)).isEqualTo(request.capacity() - 8);
        assertThat(Recording.read(new ByteArrayInputStream(wav(request.array()))))
                .hasSize((int) (Double.parseDouble(seconds) * 2 * Recording.RATE));
    }

    @Test
    void aRecordingThatIsShorterIsWhole() throws Exception {
        Path output = folder.resolve("request");
        byte[] beginning = ProbeRequest.beginning(Engines.cards(), Duration.ofMillis(300));
        Path once = Files.write(folder.resolve("short.wav"), wav(beginning));

        assertThat(run(once.toString(), output.toString())).isZero();

        assertThat(Files.size(output)).isEqualTo(8 + Files.size(once));
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        Path text = Files.writeString(folder.resolve("text.wav"), "no recording");
        String output = folder.resolve("request").toString();

        assertThat(run(text.toString(), output)).isEqualTo(1);
        assertThat(run("/nowhere.wav", output)).isEqualTo(2);
        assertThat(run(Engines.cards().toString(), output, "--seconds", "2.1")).isEqualTo(2);
        assertThat(run(Engines.cards().toString(), output, "--seconds", "NaN")).isEqualTo(2);
        assertThat(err.toString())
                .contains("speech: " + text)
                .contains("There is no file /nowhere.wav.")
                .contains("--seconds takes 0.1 to 2.");
        assertThat(Path.of(output)).doesNotExist();
    }

    private static byte[] wav(byte[] request) {
        return Arrays.copyOfRange(request, 8, request.length);
    }

    private int run(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setErr(new PrintWriter(err, true));
        String[] all = new String[arguments.length + 1];
        all[0] = "probe";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return commandLine.execute(all);
    }
}
