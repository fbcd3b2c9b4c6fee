package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.kdcloudlet.client.Endpoint;
import org.kdcloudlet.speech.client.SpeechConnection;

/**
 * {@code ./cloudlet demo speech}: a recognizer of speech. Its probe is the beginning of the recording, so that a clone that waits has
 * recognized something: what a processor, and more so a translator, does for the first time takes long.
 */
final class DemoSpeech implements DemoScenario {
    private static final int PORT = 9001;
    private static final int HEADER = 44;
    /** Half a second at 16 kHz, mono, 16 bits. */
    private static final int SAMPLE = 16_000;

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Path recording;

    /** With a WAV file whose samples begin after 44 bytes. */
    DemoSpeech(Path recording) {
        this.recording = recording;
    }

    @Override
    public String serviceId() {
        return "edu.cmu.sei.ams.speech_rec_service";
    }

    @Override
    public ObjectNode definition() throws IOException {
        ObjectNode port =
                JsonNodeFactory.instance.objectNode().put("protocol", "tcp").put("port", PORT);
        ObjectNode definition = JsonNodeFactory.instance.objectNode();
        definition.put("service_id", serviceId()).put("description", "Recognizes English speech");
        definition.put("pool_size", 1);
        definition.putArray("ports").add(port);
        definition.putArray("tags").add("speech");
        definition.putObject("machine").put("memory_mib", 512).put("cpus", 1);
        definition
                .putObject("probe")
                .put("kind", "exchange")
                .put("send", Base64.getEncoder().encodeToString(request()))
                .put(
                        "expect",
                        Base64.getEncoder().encodeToString("Speech output: ".getBytes(StandardCharsets.US_ASCII)))
                .set("port", port);
        return definition;
    }

    /** The first half second, as a request. */
    private byte[] request() throws IOException {
        byte[] whole = Files.readAllBytes(recording);
        int length = Math.min(whole.length, HEADER + SAMPLE);
        ByteBuffer request = ByteBuffer.allocate(8 + length).putLong(length).put(whole, 0, length);
        request.order(ByteOrder.LITTLE_ENDIAN).putInt(8 + HEADER - 4, length - HEADER);
        return request.array();
    }

    @Override
    public List<String> use(DemoDevice device, Endpoint endpoint, Path file) throws IOException {
        try (SpeechConnection connection = SpeechConnection.open(endpoint.host(), endpoint.port(), PATIENCE)) {
            return List.of(connection.recognize(file));
        }
    }
}
