package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.PathRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.WWWAuthenticationProtocolHandler;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;

/**
 * Speaks the admin REST API (docs/reference/openapi.yaml) with a server, here or elsewhere. Every failure is a
 * {@link CommandFailedException} with one line for the operator.
 */
final class AdminClient implements AutoCloseable {
    /** How long the server may take to begin an answer; starting an instance may take minutes. */
    private static final long ANSWER_SECONDS = 600;

    private static final Set<PosixFilePermission> OF_THE_OWNER = PosixFilePermissions.fromString("rw-------");
    /** Less what the umask takes away. */
    private static final Set<PosixFilePermission> OF_EVERYBODY = PosixFilePermissions.fromString("rw-rw-rw-");

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

    JsonNode get(String path) {
        return json(request(HttpMethod.GET, path));
    }

    JsonNode post(String path) {
        return json(request(HttpMethod.POST, path));
    }

    JsonNode post(String path, JsonNode body) {
        return json(request(HttpMethod.POST, path).body(content(body)));
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
            return json(request);
        } catch (IOException e) {
            throw new CommandFailedException(ExitStatus.FAILED, "Cannot read " + file + ": " + e.getMessage());
        }
    }

    /** Saves the answer to a GET as a file, which is there once it is whole. */
    void download(String path, Path file) {
        save(path, file, OF_EVERYBODY);
    }

    /** The same as a file that its owner alone may read. */
    void downloadSecret(String path, Path file) {
        save(path, file, OF_THE_OWNER);
    }

    private void save(String path, Path file, Set<PosixFilePermission> rights) {
        Path unready = file.resolveSibling("." + file.getFileName() + ".part");
        removePart(unready);
        try (InputStream body = open(request(HttpMethod.GET, path))) {
            try (FileChannel channel = FileChannel.open(
                            unready,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            PosixFilePermissions.asFileAttribute(rights));
                    OutputStream out = Channels.newOutputStream(channel)) {
                body.transferTo(out);
                channel.force(true);
            }
            Files.move(unready, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new CommandFailedException(ExitStatus.FAILED, "Cannot save " + file + ": " + e.getMessage());
        } finally {
            removePart(unready);
        }
    }

    private static void removePart(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new CommandFailedException(ExitStatus.FAILED, "Cannot remove " + file + ": " + e.getMessage());
        }
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

    private Request request(HttpMethod method, String path) {
        return link.request(http, method, path);
    }

    private BytesRequestContent content(JsonNode body) {
        return new BytesRequestContent("application/json", body.toString().getBytes(StandardCharsets.UTF_8));
    }

    private JsonNode json(Request request) {
        byte[] body = bytes(request);
        try {
            return body.length == 0 ? json.missingNode() : json.readTree(body);
        } catch (IOException e) {
            throw new CommandFailedException(ExitStatus.FAILED, "The server's answer is not JSON: " + e.getMessage());
        }
    }

    private byte[] bytes(Request request) {
        try (InputStream body = open(request)) {
            return body.readNBytes(MAX_ANSWER_BYTES);
        } catch (IOException e) {
            throw new CommandFailedException(ExitStatus.FAILED, "The server's answer broke off: " + e.getMessage());
        }
    }

    private InputStream open(Request request) {
        InputStreamResponseListener listener = new InputStreamResponseListener();
        request.send(listener);
        try {
            Response response = listener.get(ANSWER_SECONDS, TimeUnit.SECONDS);
            InputStream body = listener.getInputStream();
            if (response.getStatus() >= 300) {
                throw refused(response.getStatus(), body.readNBytes(MAX_REFUSAL_BYTES));
            }
            return body;
        } catch (ExecutionException e) {
            throw link.unreachable(e.getCause());
        } catch (TimeoutException e) {
            throw new CommandFailedException(
                    ExitStatus.FAILED, "The server did not answer within " + ANSWER_SECONDS + " seconds.");
        } catch (IOException e) {
            throw link.unreachable(e);
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
        return link.refused(status, message.isEmpty() ? "" : error.path("code").asText(), message);
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
