package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.InputStreamRequestContent;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.PathRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.WWWAuthenticationProtocolHandler;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.ByteBufferPool;
import org.kdcloudlet.server.error.FileProblem;

/**
 * Speaks the admin REST API (docs/reference/openapi.yaml) with a server, here or elsewhere. Every failure is a
 * {@link CommandFailedException} with one line for the operator.
 */
final class AdminClient implements AutoCloseable {
    /** How long the server may take to begin an answer; starting an instance may take minutes. */
    private static final long ANSWER_SECONDS = 600;

    /** How long a file may take; one that stands still is given up long before. */
    private static final long FILE_SECONDS = TimeUnit.DAYS.toSeconds(1);
    /** How long the rest of a file may stand still, after which another connection is tried. */
    private static final long STANDSTILL_SECONDS = 60;

    private static final int BLOCK_BYTES = 256 * 1024;

    private static final int FIRST_REFUSAL = 300;
    private static final int MAX_REFUSAL_BYTES = 1024 * 1024;
    private static final int MAX_ANSWER_BYTES = 64 * 1024 * 1024;

    private final ObjectMapper json = new ObjectMapper();
    private final ServerLink link;
    private final HttpClient http;

    /** Connects to the server on a data directory. Nothing is sent before the first call. */
    AdminClient(Path dataDirectory) {
        this(ServerLink.Local.of(dataDirectory));
    }

    /** Connects to a server. Nothing is sent before the first call. */
    AdminClient(ServerLink link) {
        this.link = link;
        this.http = link.client();
        http.setUserAgentField(null);
        http.setIdleTimeout(TimeUnit.SECONDS.toMillis(ANSWER_SECONDS));
        try {
            http.start();
            // It would take a refused token for a question.
            http.getProtocolHandlers().remove(WWWAuthenticationProtocolHandler.NAME);
        } catch (Exception e) {
            throw new CommandFailedException(ExitStatus.FAILED, "Cannot set up the HTTP client: " + e.getMessage());
        }
    }

    /** Whether the server is elsewhere, so that the way to it may break. */
    boolean isRemote() {
        return link.isRemote();
    }

    JsonNode get(String path) {
        return json(request(HttpMethod.GET, path));
    }

    JsonNode post(String path) {
        return json(request(HttpMethod.POST, path));
    }

    JsonNode post(String path, JsonNode body) {
        return json(request(HttpMethod.POST, path).body(content(body)));
    }

    JsonNode post(String path, Map<String, String> headers) {
        return json(request(HttpMethod.POST, path).headers(fields -> headers.forEach(fields::put)));
    }

    /** A header of the answer to a HEAD; empty when it has none. */
    String head(String path, String header) {
        Response response =
                whole(request(HttpMethod.HEAD, path), ANSWER_SECONDS).response();
        return Objects.requireNonNullElse(response.getHeaders().get(header), "");
    }

    JsonNode put(String path, JsonNode body) {
        return json(request(HttpMethod.PUT, path).body(content(body)));
    }

    JsonNode patch(String path, JsonNode body) {
        return json(request(HttpMethod.PATCH, path).body(content(body)));
    }

    JsonNode delete(String path) {
        return json(request(HttpMethod.DELETE, path));
    }

    byte[] bytes(String path) {
        return bytes(request(HttpMethod.GET, path));
    }

    /**
     * Sends a file as the body of a POST; {@code sent} is told how many bytes have gone so far. The server is asked first
     * (RFC 9110, 10.1.1): what refuses an upload before it was read closes the connection, and the reason would be lost.
     */
    JsonNode upload(String path, Path file, LongConsumer sent) {
        AtomicLong total = new AtomicLong();
        try {
            Request request = request(HttpMethod.POST, path)
                    .headers(headers -> headers.put(HttpHeader.EXPECT, HttpHeaderValue.CONTINUE))
                    .onRequestContent((ignored, buffer) -> sent.accept(total.addAndGet(buffer.remaining())))
                    .body(new PathRequestContent("application/octet-stream", file));
            return json(whole(request, FILE_SECONDS).body());
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /**
     * Adds what follows an offset of a file to an upload (/v1/uploads), until all of it is there or the connection breaks.
     *
     * @param length of the file
     */
    void append(String path, Path file, long offset, long length, LongConsumer sent) {
        AtomicLong total = new AtomicLong(offset);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                InputStream rest = Channels.newInputStream(channel.position(offset))) {
            Request request = request(HttpMethod.PATCH, path)
                    .headers(headers -> headers.put(HttpHeader.EXPECT, HttpHeaderValue.CONTINUE)
                            .put("Upload-Offset", offset))
                    .idleTimeout(STANDSTILL_SECONDS, TimeUnit.SECONDS)
                    .onRequestContent((ignored, buffer) -> sent.accept(total.addAndGet(buffer.remaining())))
                    .body(new InputStreamRequestContent("application/offset+octet-stream", rest, blocks()) {
                        @Override
                        public long getLength() {
                            return length - offset;
                        }
                    });
            whole(request, FILE_SECONDS);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private ByteBufferPool.Sized blocks() {
        return new ByteBufferPool.Sized(http.getByteBufferPool(), false, BLOCK_BYTES);
    }

    private static CommandFailedException unreadable(Path file, IOException why) {
        return new CommandFailedException(ExitStatus.FAILED, "Cannot read " + file + ": " + FileProblem.words(why));
    }

    /** Saves the answer to a GET as a file, which is there once it is whole. */
    void download(String path, Path file) {
        save(path, SavedFile.ofEverybody(file));
    }

    /** The same as a file that its owner alone may read. */
    void downloadSecret(String path, Path file) {
        save(path, SavedFile.ofTheOwner(file));
    }

    private void save(String path, SavedFile file) {
        file.save(() -> open(request(HttpMethod.GET, path)));
    }

    /** Reads server-sent events, handing over the data of each, until {@code wanted} has had enough or the server ends. */
    void events(String path, Predicate<JsonNode> wanted) {
        try (InputStream body = open(request(HttpMethod.GET, path)
                        .headers(headers -> headers.put("Accept", "text/event-stream"))
                        .idleTimeout(0, TimeUnit.SECONDS));
                BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("data:") && !wanted.test(json.readTree(line.substring(5)))) {
                    return;
                }
            }
        } catch (IOException e) {
            throw new CommandFailedException(ExitStatus.FAILED, "The server went away: " + e.getMessage());
        }
    }

    /** Connects to a serial port; {@code shown} takes what comes from there. */
    SerialLine serial(String path, Consumer<ByteBuffer> shown) {
        return SerialLine.open(http, link, path, shown);
    }

    private Request request(HttpMethod method, String path) {
        return link.request(http, method, path);
    }

    private BytesRequestContent content(JsonNode body) {
        return new BytesRequestContent("application/json", body.toString().getBytes(StandardCharsets.UTF_8));
    }

    private JsonNode json(Request request) {
        return json(bytes(request));
    }

    private JsonNode json(byte[] body) {
        try {
            return body.length == 0 ? json.missingNode() : json.readTree(body);
        } catch (IOException e) {
            throw new CommandFailedException(ExitStatus.FAILED, "The server's answer is not JSON: " + e.getMessage());
        }
    }

    private byte[] bytes(Request request) {
        return whole(request, ANSWER_SECONDS).body();
    }

    private WholeAnswer.Answer whole(Request request, long seconds) {
        WholeAnswer listener = new WholeAnswer(MAX_ANSWER_BYTES);
        request.send(listener);
        WholeAnswer.Answer answer = await(() -> listener.get(seconds), seconds);
        if (answer.response().getStatus() >= FIRST_REFUSAL) {
            throw refused(answer.response().getStatus(), answer.body());
        }
        return answer;
    }

    /** The body of an answer as it comes. */
    private InputStream open(Request request) {
        InputStreamResponseListener listener = new InputStreamResponseListener();
        request.send(listener);
        Response response = await(() -> listener.get(ANSWER_SECONDS, TimeUnit.SECONDS), ANSWER_SECONDS);
        if (response.getStatus() < FIRST_REFUSAL) {
            return listener.getInputStream();
        }
        try (InputStream body = listener.getInputStream()) {
            throw refused(response.getStatus(), body.readNBytes(MAX_REFUSAL_BYTES));
        } catch (IOException e) {
            throw new UnreachableException(link.unreachable(e));
        }
    }

    /** Waits for an answer. */
    private interface Wait<T> {
        T get() throws ExecutionException, InterruptedException, TimeoutException;
    }

    private <T> T await(Wait<T> answer, long seconds) {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw new UnreachableException(link.unreachable(e.getCause()));
        } catch (TimeoutException e) {
            throw new UnreachableException(
                    ExitStatus.FAILED, "The server did not answer within " + seconds + " seconds.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailedException(ExitStatus.FAILED, "Interrupted.");
        }
    }

    private CommandFailedException refused(int status, byte[] body) {
        JsonNode error;
        try {
            error = json.readTree(body).path("error");
        } catch (IOException notJson) {
            error = json.missingNode();
        }
        String message = Console.printable(error.path("message").asText());
        String code = message.isEmpty() ? "" : error.path("code").asText();
        return new RefusedException(status, code, link.refused(status, code, message));
    }

    @Override
    public void close() {
        try {
            http.stop();
        } catch (Exception e) {
            throw new CommandFailedException(ExitStatus.FAILED, "Cannot end the HTTP client: " + e.getMessage());
        }
    }
}
