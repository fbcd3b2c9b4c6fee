package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.Processes;
import org.kdcloudlet.server.Program;
import org.kdcloudlet.speech.client.Main;
import picocli.CommandLine;

/** The demo as a command in a process of its own, with everything real; whatever comes of it, it leaves nothing. */
class DemoTest {
    private static final Path LICENSE =
            Path.of(System.getProperty("cloudlet.project")).resolve("LICENSE");
    private static final String LICENSE_SHA256 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30";

    private static final Path SENTENCE =
            Path.of("/usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-0920.wav");
    private static final String WORDS = "had he married a more amiable woman he might have been made still";
    /** It boots in half a minute, on a machine that has nothing else to do. */
    private static final Duration GUEST_PATIENCE = Duration.ofMinutes(20);

    private static final String SPEECH = "edu.cmu.sei.ams.speech_rec_service";

    @TempDir
    private Path folder;

    @AfterEach
    void leaveNothing() {
        left().forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void showsTheMainJobAndLeavesNothing() throws Exception {
        Program.Ended ended;
        try (ServerSocket usual = new ServerSocket()) {
            takeUnlessTaken(usual);
            ended = demo(demoImage(), LICENSE);
        }
        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.out())
                .containsSubsequence(
                        "starting a cloudlet on a data directory of its own: " + folder,
                        "registering the service",
                        "waiting until a clone of the template waits in the pool",
                        "a device looks for cloudlets by multicast DNS",
                        "found '",
                        "it offers: org.kdcloudlet.demo",
                        "the device starts the service and sends it LICENSE, 11358 bytes",
                        "this came back out of the Service VM:",
                        LICENSE_SHA256,
                        "the device stops the service",
                        "removing the service and ending the cloudlet")
                .containsPattern("from the start request: ready after \\d+ ms, answer after \\d+ ms");
        assertNothingIsLeft();
    }

    /** Long for what it has to build and boot, twice: the image of the speech recognition guest. */
    @Test
    @Tag("long")
    void speechIsRecognizedInAServiceVmThatADeviceFoundAndInOneOfThePackageOfIt() throws Exception {
        Path image = Path.of(System.getProperty("cloudlet.speech.image"));
        Path file = folder.resolve("speech.csvm");

        Program.Ended ended = program()
                .run(
                        folder,
                        List.of(
                                "demo",
                                "speech",
                                "--image",
                                image.toString(),
                                "--file",
                                SENTENCE.toString(),
                                "--export",
                                file.toString()),
                        GUEST_PATIENCE);

        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.out())
                .containsSubsequence(
                        "a device looks for cloudlets by multicast DNS",
                        "it offers: edu.cmu.sei.ams.speech_rec_service",
                        "Speech output: " + WORDS + " ",
                        "writing the service as a package: " + file,
                        "removing the service and ending the cloudlet");
        assertNothingIsLeft();
        assertThat(recognizedFrom(file)).containsPattern("The service is at .+ on .+\\n.*  [0-9]+ ms  " + WORDS + " ");
        assertNothingIsLeft();
    }

    /** Has another cloudlet import the package, and the desktop client find that cloudlet and use the service. */
    private String recognizedFrom(Path file) throws IOException, InterruptedException {
        Path data = Files.createTempDirectory(folder, "kc-demo");
        StringWriter out = new StringWriter();
        try (DemoServer other = new DemoServer(data)) {
            other.start();
            run("service", "import", file.toString(), "--data", data.toString());
            CommandLine client = Main.commandLine();
            client.setOut(new PrintWriter(out, true));
            assertThat(client.execute("recognize", SENTENCE.toString())).isZero();
            run("service", "remove", SPEECH, "--force", "--data", data.toString());
        }
        return out.toString();
    }

    private void run(String... arguments) throws IOException, InterruptedException {
        Program.Ended ended = program().run(folder, List.of(arguments), GUEST_PATIENCE);
        assertThat(ended.status()).as(ended.err()).isZero();
    }

    /** Another cloudlet may have the usual port already; then there is nothing to take. */
    private static void takeUnlessTaken(ServerSocket usual) throws IOException {
        try {
            usual.bind(new InetSocketAddress("0.0.0.0", 9999));
        } catch (BindException taken) {
            assertThat(taken).hasMessageContaining("in use");
        }
    }

    @Test
    void anImageThatIsNoneFailsItInOneLine() throws Exception {
        Path text = Files.writeString(folder.resolve("image"), "This is no disk image, but a text.\n".repeat(100));
        assertFails(demo(text, LICENSE), "is not a disk image");
        assertNothingIsLeft();
    }

    @Test
    void aFileThatIsNotThereFailsItBeforeAnythingIsDone() throws Exception {
        Program.Ended ended = demo(demoImage(), folder.resolve("nothing"));
        assertFails(ended, "There is no file " + folder.resolve("nothing"));
        assertThat(ended.out()).isEmpty();
        assertFails(demo(folder.resolve("nothing"), LICENSE), "There is no file " + folder.resolve("nothing"));
        assertNothingIsLeft();
    }

    @Test
    void endedWhileTheImageBootsItLeavesNothing() throws Exception {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process demo = program().start(out, err, arguments(demoImage(), LICENSE));
        await().atMost(Program.PATIENCE)
                .until(() -> Files.readString(out).contains("wait for the service")
                        && !Processes.workingBelow(folder).isEmpty());
        demo.destroy();
        assertThat(demo.waitFor(Program.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(err)).doesNotContain("\tat ");
        assertNothingIsLeft();
    }

    private Program.Ended demo(Path image, Path file) throws IOException, InterruptedException {
        return program().run(folder, arguments(image, file));
    }

    private static List<String> arguments(Path image, Path file) {
        return List.of("demo", "--image", image.toString(), "--file", file.toString());
    }

    /** What is made in the folder for temporary files is below that of the test. */
    private Program program() {
        return new Program().jvm("-Djava.io.tmpdir=" + folder);
    }

    private static Path demoImage() {
        return Path.of(System.getProperty("cloudlet.demo.image"));
    }

    private static void assertFails(Program.Ended ended, String reason) {
        assertThat(ended.err().lines()).as(ended.err()).singleElement().satisfies(line -> assertThat(line)
                .startsWith("cloudlet: ")
                .contains(reason));
        assertThat(ended.status()).isEqualTo(1);
    }

    private void assertNothingIsLeft() throws IOException {
        assertThat(left()).extracting(ProcessHandle::info).isEmpty();
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(path -> path.getFileName().toString())).noneMatch(name -> name.startsWith("kc-demo"));
        }
    }

    private List<ProcessHandle> left() {
        return Stream.concat(Processes.workingBelow(folder).stream(), Processes.toldOf(folder).stream())
                .distinct()
                .toList();
    }
}
