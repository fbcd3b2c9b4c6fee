package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The service of the demo, as an administrator would define it. Its probe asks for the work that clients ask for, so that a
 * clone that waits has done it once: what a processor, and more so a translator, does for the first time takes long.
 */
final class DemoService {
    static final String ID = "org.kdcloudlet.demo";

    private static final int PORT = 8080;
    private static final int SAMPLE_LINES = 60;
    /** Fibonacci hashing: Knuth, The Art of Computer Programming, volume 3, 6.4. */
    private static final int HASH = 0x9e3779b9;

    private DemoService() {}

    /** The body of {@code POST /v1/services}. */
    static ObjectNode definition() {
        ObjectNode port =
                JsonNodeFactory.instance.objectNode().put("protocol", "tcp").put("port", PORT);
        byte[] sample = sample().getBytes(StandardCharsets.US_ASCII);
        ObjectNode definition = JsonNodeFactory.instance.objectNode();
        definition.put("service_id", ID).put("description", "Looks closely at a file");
        definition.put("pool_size", 1);
        definition.putArray("ports").add(port);
        definition.putArray("tags").add("demo");
        definition.putObject("machine").put("memory_mib", 256).put("cpus", 1);
        definition
                .putObject("probe")
                .put("kind", "exchange")
                .put("send", Base64.getEncoder().encodeToString(request(sample)))
                .put("expect", Base64.getEncoder().encodeToString(answer(sample)))
                .set("port", port);
        return definition;
    }

    /** Plain text, of lines that differ: with commas it would be a table, found out on a shorter way than text is. */
    private static String sample() {
        return IntStream.range(0, SAMPLE_LINES)
                .mapToObj(i -> "Line " + i + " of a text like those that clients send has the hash "
                        + Integer.toHexString(i * HASH) + ".\n")
                .collect(Collectors.joining());
    }

    private static byte[] request(byte[] sample) {
        String head = "POST / HTTP/1.0\r\nContent-Length: " + sample.length + "\r\n\r\n";
        return (head + new String(sample, StandardCharsets.US_ASCII)).getBytes(StandardCharsets.US_ASCII);
    }

    /** What only a service says that has read the whole sample. */
    private static byte[] answer(byte[] sample) {
        try {
            String digest = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(sample));
            return ("\"sha256\":\"" + digest + "\"").getBytes(StandardCharsets.US_ASCII);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
