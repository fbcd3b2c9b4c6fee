package org.kdcloudlet.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.PathRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.StringRequestContent;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Transport;

/** Asks the admin REST API of a server and watches its operations closely. */
final class AdminSocket implements AutoCloseable {
    private static final long DEADLINE_NANOS = TimeUnit.MINUTES.toNanos(30);
    private static final long APPEARS_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path socket;
    private final HttpClient http = new HttpClient();

    /** Waits until the server has made the socket, which it does after it listens to devices. */
    AdminSocket(Path socket) throws IOException {
        this.socket = socket;
        long began = System.nanoTime();
        while (!Files.exists(socket)) {
            if (System.nanoTime() - began > APPEARS_NANOS) {
                throw new IOException("the server has not made " + socket);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        http.setIdleTimeout(TimeUnit.NANOSECONDS.toMillis(DEADLINE_NANOS));
        try {
            http.start();
        } catch (Exception e) {
            throw new IOException("the HTTP client does not start", e);
        }
    }

    JsonNode post(String path, String body) throws IOException {
        return send(request(HttpMethod.POST, path).body(new StringRequestContent("application/json", body)));
    }

    JsonNode upload(String path, Path file) throws IOException {
        return send(request(HttpMethod.POST, path).body(new PathRequestContent("application/octet-stream", file)));
    }

    void delete(String path) throws IOException {
        send(request(HttpMethod.DELETE, path));
    }

    /** Waits until an operation has succeeded. */
    void awaitEnd(JsonNode operation) throws IOException {
        JsonNode now = look(operation, "running", "");
        if (!now.path("state").asText().equals("succeeded")) {
            throw new IOException("this operation did not succeed: " + now);
        }
    }

    /** Waits until a step of an operation has begun whose name begins so. */
    void awaitStep(JsonNode operation, String step) throws IOException {
        JsonNode now = look(operation, "running", step);
        if (!now.path("state").asText().equals("running")) {
            throw new IOException("this operation ended: " + now);
        }
    }

    /** Cancels an operation and waits for its end. */
    void cancel(JsonNode operation) throws IOException {
        post("/v1/operations/" + operation.path("id").asText() + "/cancel", "");
        look(operation, "running", "");
    }

    private JsonNode look(JsonNode operation, String whileState, String untilStep) throws IOException {
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (System.nanoTime() < deadline) {
            JsonNode now = send(request(
                    HttpMethod.GET, "/v1/operations/" + operation.path("id").asText()));
            JsonNode steps = now.path("steps");
            String last = steps.path(steps.size() - 1).path("name").asText();
            boolean reached = !untilStep.isEmpty() && last.startsWith(untilStep);
            if (!now.path("state").asText().equals(whileState) || reached) {
                return now;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        throw new IOException("this operation takes too long: " + operation);
    }

    /** Waits until a folder has no files, which the server removes in the background. */
    void awaitEmpty(Path folder) throws IOException {
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (System.nanoTime() < deadline) {
            try (Stream<Path> files = Files.list(folder)) {
                if (files.findAny().isEmpty()) {
                    return;
                }
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        throw new IOException("not emptied: " + folder);
    }

    private Request request(HttpMethod method, String path) {
        return http.newRequest("http://localhost" + path).method(method).transport(new Transport.TCPUnix(socket));
    }

    private static JsonNode send(Request request) throws IOException {
        try {
            ContentResponse answer = request.send();
            if (answer.getStatus() >= 400) {
                throw new IOException(request.getPath() + ": " + answer.getContentAsString());
            }
            return JSON.readTree(answer.getContent());
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException(request.getPath() + " failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            http.stop();
        } catch (Exception e) {
            throw new IOException("the HTTP client does not stop", e);
        }
    }
}
