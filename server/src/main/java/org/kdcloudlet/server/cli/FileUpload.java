package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.kdcloudlet.server.error.FileProblem;
import org.kdcloudlet.server.upload.UploadKind;

/**
 * Brings a file to a server and has it used there. To a server elsewhere it goes by a resumable upload (docs/adr/0008): what breaks is
 * gone on with, by this command or by the next one with the same file, which is known by its name, length and time of change.
 */
final class FileUpload {
    private static final String UPLOADS = "/v1/uploads";
    private static final String OFFSET = "Upload-Offset";
    /** After so long without another byte it is given up; what has arrived stays on the server. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final int MOST_DOUBLINGS = 5;
    /** A file of less is there before anybody has read how far it is. */
    private static final long WORTH_TELLING = 1 << 20;

    private static final int PERCENT = 100;
    private static final int STEP = 10;

    private final AdminClient server;
    private final String kind;
    private final Duration patience;
    private final ProgressLine progress = ProgressLine.onStandardError();

    FileUpload(AdminClient server, UploadKind kind) {
        this(server, kind, PATIENCE);
    }

    /** @param patience after how long without another byte it is given up */
    FileUpload(AdminClient server, UploadKind kind, Duration patience) {
        this.server = server;
        this.kind = kind.name().toLowerCase(Locale.ROOT);
        this.patience = patience;
    }

    /** A file as it is when it is begun with. */
    private record Source(Path path, String name, long length, long lastModified) {
        static Source of(Path path) {
            if (!Files.isRegularFile(path)) {
                throw new CommandFailedException(ExitStatus.FAILED, "There is no file " + path + ".");
            }
            try {
                return new Source(
                        path,
                        path.getFileName().toString(),
                        Files.size(path),
                        Files.getLastModifiedTime(path).toMillis());
            } catch (IOException e) {
                throw new CommandFailedException(
                        ExitStatus.FAILED, "Cannot read " + path + ": " + FileProblem.words(e));
            }
        }

        boolean isOf(JsonNode upload) {
            return upload.path("name").asText().equals(name)
                    && upload.path("length").asLong() == length
                    && upload.path("last_modified").asLong() == lastModified;
        }
    }

    /**
     * Sends a file, and asks for what is to be made of it.
     *
     * @param path of the request that takes the file
     * @return the answer to that
     * @throws CommandFailedException when it is refused, or the server was not reached for long
     */
    JsonNode send(String path, Path file) {
        return server.isRemote() ? sendResumably(path, Source.of(file)) : sendAtOnce(path, file);
    }

    private JsonNode sendAtOnce(String path, Path file) {
        Source source = Source.of(file);
        JsonNode answer = server.upload(path, file, sent -> show(source, sent));
        progress.end();
        return answer;
    }

    private JsonNode sendResumably(String path, Source source) {
        String id = store(source);
        return server.post(path + (path.contains("?") ? "&" : "?") + "upload=" + id);
    }

    /**
     * Brings a file to a server, wherever that is, for a request that names it.
     *
     * @return the id of the upload, which is spent with an operation that is made from it and succeeds
     * @throws CommandFailedException as {@link #send}
     */
    String store(Path file) {
        return store(Source.of(file));
    }

    private String store(Source source) {
        String id = findOrBegin(source).path("id").asText();
        InterruptHint.during(() -> sendRest(UPLOADS + "/" + id, source), kept(id));
        progress.end();
        return id;
    }

    private static String kept(String id) {
        return "What has arrived is kept for a day: the same command goes on with it, './cloudlet upload remove " + id
                + "' removes it.";
    }

    private JsonNode findOrBegin(Source source) {
        Optional<JsonNode> known = find(source);
        if (known.isEmpty()) {
            return begin(source);
        }
        if (known.get().path("in_use").asBoolean()) {
            throw new CommandFailedException(
                    ExitStatus.FAILED,
                    "The cloudlet is busy with this very file; see './cloudlet operation list', and try again when that has"
                            + " ended.");
        }
        progress.show("goes on with " + source.name() + ", of which "
                + Console.size(known.get().path("offset").asLong()) + " have arrived before");
        return known.get();
    }

    private Optional<JsonNode> find(Source source) {
        for (JsonNode upload : server.get(UPLOADS).path("uploads")) {
            if (upload.path("kind").asText().equals(kind) && source.isOf(upload)) {
                return Optional.of(upload);
            }
        }
        return Optional.empty();
    }

    private JsonNode begin(Source source) {
        String metadata = "kind " + base64(kind) + ",filename " + base64(source.name()) + ",last_modified "
                + base64(Long.toString(source.lastModified()));
        return server.post(
                UPLOADS, Map.of("Upload-Length", Long.toString(source.length()), "Upload-Metadata", metadata));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Asks where to go on, and sends the rest, until all of it is there; returns how much that is. */
    private long sendRest(String upload, Source source) {
        long furthest = -1;
        long giveUp = System.nanoTime() + patience.toNanos();
        int failures = 0;
        while (true) {
            try {
                long offset = offset(upload);
                if (offset > furthest) {
                    furthest = offset;
                    failures = 0;
                    giveUp = System.nanoTime() + patience.toNanos();
                }
                requireUnchanged(source, upload);
                if (offset == source.length()) {
                    return offset;
                }
                server.append(upload, source.path(), offset, source.length(), sent -> show(source, sent));
            } catch (RefusedException | UnreachableException failure) {
                boolean again = isPassing(failure) && System.nanoTime() < giveUp;
                if (!again) {
                    throw failed(failure, upload);
                }
                progress.show("the connection broke (" + failure.getMessage() + "), trying again");
                pause(failures);
                failures++;
            }
        }
    }

    private long offset(String upload) {
        try {
            return Long.parseLong(server.head(upload, OFFSET));
        } catch (RefusedException refusal) {
            // The answer to a HEAD has no words for why.
            server.get(upload);
            throw refusal;
        }
    }

    /** The server may be starting anew, or not have noticed yet that the former connection is dead. */
    private static boolean isPassing(CommandFailedException failure) {
        return !(failure instanceof RefusedException refusal) || refusal.isPassing();
    }

    private static CommandFailedException failed(CommandFailedException failure, String upload) {
        return new CommandFailedException(
                failure.exitStatus(), failure.getMessage() + " " + kept(upload.substring(upload.lastIndexOf('/') + 1)));
    }

    private static void pause(int failures) {
        LockSupport.parkNanos(Duration.ofMillis(FIRST_PAUSE_MILLIS << Math.min(failures, MOST_DOUBLINGS))
                .toNanos());
    }

    /** Half of one file and half of another would be neither. */
    private void requireUnchanged(Source source, String upload) {
        if (!Source.of(source.path()).equals(source)) {
            server.delete(upload);
            throw new CommandFailedException(
                    ExitStatus.FAILED,
                    source.path() + " was changed while it was sent; nothing of it is kept. Try again when it is"
                            + " finished.");
        }
    }

    /** A line that moves tells each percent, others each tenth. The end is told by what follows. */
    private void show(Source source, long sent) {
        if (source.length() < WORTH_TELLING || sent >= source.length()) {
            return;
        }
        long percent = sent * PERCENT / source.length();
        long told = progress.isMoving() ? percent : percent / STEP * STEP;
        progress.show("sends " + source.name() + ", " + told + " % of " + Console.size(source.length()));
    }
}
