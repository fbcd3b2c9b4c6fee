package org.kdcloudlet.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.kdcloudlet.client.http.Deadline;
import org.kdcloudlet.client.http.Exchange;
import org.kdcloudlet.client.http.MalformedReplyException;
import org.kdcloudlet.client.http.ReplyHead;
import org.kdcloudlet.client.http.Request;
import org.kdcloudlet.client.http.Target;

/** Sends commands to one cloudlet, in plain or encrypted mode (spec/device-api.md). Thread-safe. */
final class Protocol {
    private static final int LONGEST_REFUSAL = 4096;
    private static final int LONGEST_MESSAGE = 200;

    private final Target target;
    private final Optional<String> deviceId;
    private final Optional<Envelope> envelope;

    private Protocol(Target target, Optional<String> deviceId, Optional<Envelope> envelope) {
        this.target = target;
        this.deviceId = deviceId;
        this.envelope = envelope;
    }

    /**
     * @throws CredentialException if the cloudlet wants encrypted commands and the device cannot make them
     */
    static Protocol with(Cloudlet cloudlet, Optional<String> deviceId, CredentialStore store) {
        Target target = new Target(cloudlet.host(), cloudlet.addresses(), cloudlet.port());
        if (!cloudlet.isEncrypted()) {
            return new Protocol(target, deviceId, Optional.empty());
        }
        if (!deviceId.isPresent()) {
            throw new CredentialException(
                    "The cloudlet " + cloudlet.name() + " wants encrypted commands: give the client a device id.",
                    null);
        }
        String key = store.deviceKey(cloudlet.name())
                .orElseThrow(() -> new CredentialException(
                        "The cloudlet " + cloudlet.name() + " wants encrypted commands: pair this device with it.",
                        null));
        return new Protocol(target, deviceId, Optional.of(new Envelope(Credentials.encryptionPassword(key))));
    }

    boolean isEncrypted() {
        return envelope.isPresent();
    }

    /** The body of a successful reply, decrypted, and how long connecting took. */
    static final class Answer {
        final byte[] body;
        final long connectNanos;

        private Answer(byte[] body, long connectNanos) {
            this.body = body;
            this.connectNanos = connectNanos;
        }
    }

    Answer send(Command command, int maximumBytes, Exchange exchange, Deadline deadline) throws IOException {
        return exchange.send(target, request(command), deadline, (head, body, connectNanos) -> {
            if (head.status() != 200) {
                throw refusal(head, body);
            }
            // Base64 makes three bytes four, and IV and padding add two blocks.
            long limit = envelope.isPresent() ? maximumBytes / 3L * 4 + 64 : maximumBytes;
            if (head.length() > limit) {
                throw new MalformedReplyException("it is longer than " + limit + " bytes");
            }
            byte[] bytes = readAll(body, (int) head.length());
            return new Answer(envelope.isPresent() ? envelope.get().open(bytes) : bytes, connectNanos);
        });
    }

    /** For replies that are too long for memory; plain mode only. */
    <T> T stream(Command command, long from, Exchange exchange, Deadline deadline, Exchange.Reader<T> reader)
            throws IOException {
        Request request = request(command);
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-");
        }
        return exchange.send(target, request, deadline, (head, body, connectNanos) -> {
            if (head.status() == 200 || head.status() == 206 || head.status() == 416) {
                return reader.read(head, body, connectNanos);
            }
            throw refusal(head, body);
        });
    }

    private Request request(Command command) {
        Request request = envelope.isPresent()
                ? Request.post("/api/command", "command=" + Command.encode(seal(command)))
                : Request.get(command.plain(), command.isRepeatable());
        deviceId.ifPresent(id -> request.header("X-Device-ID", id));
        return request;
    }

    private String seal(Command command) {
        return envelope.orElseThrow(IllegalStateException::new)
                .seal(command.inner().getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] readAll(InputStream body, int length) throws IOException {
        // Grows with what arrives, so that a length alone costs nothing.
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(Math.min(length, 8192));
        byte[] buffer = new byte[8192];
        for (int count = body.read(buffer); count > 0; count = body.read(buffer)) {
            bytes.write(buffer, 0, count);
        }
        return bytes.toByteArray();
    }

    private static CloudletException refusal(ReplyHead head, InputStream body) throws IOException {
        int status = head.status();
        if (status < 400) {
            throw new MalformedReplyException("it has the status " + status + ", and redirects are not followed");
        }
        long length = head.header("content-length").isPresent() ? head.length() : 0;
        String text = length > 0 && length <= LONGEST_REFUSAL
                ? new String(readAll(body, (int) length), StandardCharsets.UTF_8)
                : "";
        long retryAfter = head.header("retry-after")
                .filter(value -> value.matches("[0-9]{1,6}"))
                .map(Long::parseLong)
                .orElse(-1L);
        return new CloudletRefusedException(
                "The cloudlet refused, with status " + status + ": " + reason(status, text), status, retryAfter);
    }

    /** What is fit to be shown: for 401 and 403 what stands between the first # and the next, without anything odd. */
    static String reason(int status, String text) {
        String shown = text.startsWith("#") ? text.substring(1) : text;
        int next = shown.indexOf('#');
        if ((status == 401 || status == 403) && next >= 0) {
            shown = shown.substring(0, next);
        }
        shown = shown.replaceAll("[\\p{Cntrl}\\p{Cf}\\s]+", " ").trim();
        if (shown.isEmpty()) {
            return "it gave no reason.";
        }
        return shown.length() > LONGEST_MESSAGE ? shown.substring(0, LONGEST_MESSAGE) + "…" : shown + ".";
    }
}
