package org.kdcloudlet.speech.service;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.kdcloudlet.speech.audio.AudioFormatException;
import org.kdcloudlet.speech.recognizer.PocketSphinx;
import org.kdcloudlet.speech.recognizer.Recognizer;

/** The program of the service: loads the models, warms up, listens. Its one argument is the file of its {@link Configuration}. */
public final class Main {
    private static final System.Logger LOG = System.getLogger(Main.class.getName());

    private Main() {}

    /** Runs until the process is ended; ends with 1 when the service cannot start. */
    public static void main(String[] arguments) throws InterruptedException {
        if (arguments.length != 1) {
            System.err.println("usage: speech CONFIGURATION-FILE");
            System.exit(2);
        }
        try {
            Configuration configuration = Configuration.read(Path.of(arguments[0]));
            Recognizer recognizer = PocketSphinx.start(
                    configuration.worker(),
                    configuration.models(),
                    Configuration.DICTATION,
                    configuration.grammars(),
                    configuration.recognizers());
            WarmUp.run(recognizer, configuration.warmUp(), configuration.warmUps());
            Map<String, InetSocketAddress> addresses = new TreeMap<>();
            configuration.ports().forEach((model, port) -> addresses.put(model, new InetSocketAddress(port)));
            SpeechServer.start(recognizer, addresses, configuration.spool(), Limits.DEFAULT);
            LOG.log(System.Logger.Level.INFO, "Listening: {0}", configuration.ports());
        } catch (IOException | AudioFormatException | IllegalArgumentException e) {
            System.err.println("speech: " + e.getMessage());
            System.exit(1);
        }
        new CountDownLatch(1).await();
    }
}
