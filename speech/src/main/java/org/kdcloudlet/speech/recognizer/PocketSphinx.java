package org.kdcloudlet.speech.recognizer;

import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * CMU PocketSphinx in processes of its own: {@code speech-worker} (speech/worker), which loads the models once and forks one recognizer
 * for each recording that may be worked on at a time. They end with this process, however it ends; one that fails or needs too long
 * is replaced, and only its recording is lost.
 */
public final class PocketSphinx implements Recognizer {
    private static final int BYTES_PER_SECOND = 2 * 16_000;
    private static final int MAX_TEXT = 65_536;
    /** Emulated processors need up to three times as long as a recording lasts. */
    private static final int SECONDS_PER_SECOND = 15;

    private static final int MIN_SECONDS = 30;
    /** The worker ends itself before; this is for one that cannot. */
    private static final int GRACE_SECONDS = 10;

    private static final long START_SECONDS = 300;

    private final Path folder;
    private final Process process;
    private final Semaphore places;
    private final ScheduledThreadPoolExecutor deadlines = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "recognizer-deadlines");
        thread.setDaemon(true);
        return thread;
    });

    private PocketSphinx(Path folder, Process process, int places) {
        this.folder = folder;
        this.process = process;
        this.places = new Semaphore(places, true);
        deadlines.setRemoveOnCancelPolicy(true);
    }

    /**
     * Loads the models and returns when they are.
     *
     * @param worker the program {@code speech-worker}
     * @param models the folder with {@code en-us}, {@code en-us.lm.bin} and {@code cmudict-en-us.dict}, as in Debian's package
     *     pocketsphinx-en-us
     * @param dictation the name of the model for general English
     * @param grammars names and JSGF files of the other models
     * @param recognizers how many recordings are worked on at a time, 1 to 64
     * @throws RecognizerException when a model cannot be loaded; what the engine says of it goes to standard error
     */
    public static PocketSphinx start(
            Path worker, Path models, String dictation, Map<String, Path> grammars, int recognizers)
            throws IOException {
        Path folder = Files.createTempDirectory("speech");
        List<String> command = new ArrayList<>(List.of(
                worker.toString(), models.toString(), socket(folder).toString(), Integer.toString(recognizers)));
        command.add(dictation);
        grammars.forEach((name, file) -> command.add(name + "=" + file));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        PocketSphinx engine = new PocketSphinx(folder, process, recognizers);
        try {
            engine.awaitReady();
            return engine;
        } catch (IOException | RuntimeException e) {
            engine.close();
            throw e;
        }
    }

    private static Path socket(Path folder) {
        return folder.resolve("recognizers");
    }

    private void awaitReady() throws IOException {
        ScheduledFuture<?> deadline = deadlines.schedule(process::destroyForcibly, START_SECONDS, TimeUnit.SECONDS);
        String line = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))
                .readLine();
        deadline.cancel(false);
        if (!"ready".equals(line)) {
            throw new RecognizerException("The speech recognizer did not start; what it said is on standard error.");
        }
    }

    @Override
    public List<String> recognize(String model, Source source) throws IOException {
        try {
            places.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RecognizerException("The speech recognizer is being ended.");
        }
        try {
            return recognize(model, source.samples());
        } finally {
            places.release();
        }
    }

    private List<String> recognize(String model, byte[] samples) throws IOException {
        int seconds = MIN_SECONDS + SECONDS_PER_SECOND * (samples.length / BYTES_PER_SECOND);
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            ScheduledFuture<?> deadline =
                    deadlines.schedule(() -> closeLate(channel), seconds + GRACE_SECONDS, TimeUnit.SECONDS);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket(folder)));
                send(channel, seconds, model, samples);
                return words(channel);
            } finally {
                deadline.cancel(false);
            }
        } catch (RecognizerException e) {
            throw e;
        } catch (IOException e) {
            throw new RecognizerException("The speech recognizer failed or needed too long; try again.", e);
        }
    }

    private static void closeLate(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            System.getLogger(PocketSphinx.class.getName())
                    .log(System.Logger.Level.WARNING, "Cannot close a connection to the recognizer: " + e.getMessage());
        }
    }

    private static void send(SocketChannel channel, int seconds, String model, byte[] samples) throws IOException {
        DataOutputStream out = new DataOutputStream(Channels.newOutputStream(channel));
        byte[] name = model.getBytes(StandardCharsets.US_ASCII);
        out.writeInt(seconds);
        out.writeInt(name.length);
        out.write(name);
        out.writeInt(samples.length / 2);
        out.write(samples);
    }

    private static List<String> words(SocketChannel channel) throws IOException {
        DataInputStream in = new DataInputStream(Channels.newInputStream(channel));
        int status = in.readByte();
        int length = in.readInt();
        if (length < 0 || length > MAX_TEXT) {
            throw new EOFException("the answer has " + length + " bytes");
        }
        String text = new String(in.readNBytes(length), StandardCharsets.US_ASCII);
        if (status != 0) {
            throw new RecognizerException(text);
        }
        return Stream.of(text.split(" ")).filter(word -> !word.isEmpty()).toList();
    }

    /** The worker's process, for tests that end its children. */
    ProcessHandle process() {
        return process.toHandle();
    }

    @Override
    public void close() {
        deadlines.shutdownNow();
        process.destroy();
        try {
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            Files.deleteIfExists(socket(folder));
            Files.deleteIfExists(folder);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            System.getLogger(PocketSphinx.class.getName())
                    .log(System.Logger.Level.WARNING, "Cannot remove " + folder + ": " + e.getMessage());
        }
    }
}
