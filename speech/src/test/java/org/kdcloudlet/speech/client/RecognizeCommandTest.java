package org.kdcloudlet.speech.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.speech.recognizer.Engines;
import org.kdcloudlet.speech.recognizer.PocketSphinx;
import org.kdcloudlet.speech.service.Limits;
import org.kdcloudlet.speech.service.SpeechServer;
import picocli.CommandLine;

class RecognizeCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path folder;

    private PocketSphinx engine;
    private SpeechServer server;

    @BeforeEach
    void start() throws IOException {
        engine = Engines.start(1);
        server = SpeechServer.start(
                engine,
                Map.of(Engines.CARDS, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                folder.resolve("spool"),
                Limits.DEFAULT);
    }

    @AfterEach
    void end() {
        server.close();
        engine.close();
    }

    @Test
    void sendsAllRecordingsOfAFolderAndShowsWordsAndRoundTrips() throws IOException {
        int status = run("recognize", Engines.RECORDINGS.resolve("cards").toString(), "--address", address());

        assertThat(status).isZero();
        assertThat(out.toString())
                .containsPattern("1/5  001\\.wav  [0-9]+ ms  ten of clubs\n")
                .containsPattern("5/5  005\\.wav  [0-9]+ ms  eight of spades four of clubs seven of hearts\n")
                .containsPattern("5 recordings, 0 not recognized, [0-9]+ ms each\n");
    }

    @Test
    void goesOnAfterAFileThatTheServiceRefuses() throws IOException {
        Path bad = Files.writeString(folder.resolve("bad.wav"), "no recording");

        int status = run("recognize", bad.toString(), Engines.cards().toString(), "--address", address());

        assertThat(status).isEqualTo(1);
        assertThat(out.toString())
                .contains("Speech error: ")
                .contains("eight of spades")
                .contains("1 not recognized");
    }

    @Test
    void recognizesOnThisMachine() {
        int status = run(
                "recognize",
                "--local",
                "--worker",
                Engines.WORKER.toString(),
                "--grammar",
                Engines.RECORDINGS.resolve("cards/cards.gram").toString(),
                Engines.cards().toString());

        assertThat(status).isZero();
        assertThat(out.toString()).contains("eight of spades four of clubs seven of hearts");
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        String wav = Engines.cards().toString();

        try (Socket nobodyListens = new Socket()) {
            nobodyListens.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            assertThat(run("recognize", wav, "--address", "127.0.0.1:" + nobodyListens.getLocalPort()))
                    .isEqualTo(1);
        }
        assertThat(run("recognize", wav, "--address", "127.0.0.1")).isEqualTo(2);
        assertThat(run("recognize", "/nowhere.wav", "--address", address())).isEqualTo(2);
        assertThat(run("recognize", folder.toString(), "--address", address())).isEqualTo(2);
        assertThat(run("recognize", wav, "--local", "--address", address())).isEqualTo(2);
        assertThat(run("recognize", wav, "--address", address(), "--grammar", wav))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains("Connection refused")
                .contains("--address takes HOST:PORT")
                .contains("There is no file /nowhere.wav.")
                .contains("There is no WAV file in")
                .contains("--grammar needs --local.");
    }

    private String address() throws IOException {
        return "127.0.0.1:" + server.port(Engines.CARDS);
    }

    private int run(String... arguments) {
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }
}
