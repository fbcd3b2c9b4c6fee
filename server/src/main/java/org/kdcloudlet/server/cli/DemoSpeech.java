package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.kdcloudlet.client.Endpoint;
import org.kdcloudlet.speech.client.ProbeRequest;
import org.kdcloudlet.speech.client.SpeechConnection;

/**
 * {@code ./cloudlet demo speech}: a recognizer of speech. Its probe is the beginning of the recording.
 */
final class DemoSpeech implements DemoScenario {
    private static final int PORT = 9001;
    /** Without KVM the models are loaded in half a minute, or in ten times that on a machine that has other things to do. */
    private static final int READY_SECONDS = 900;

    private static final Duration SAMPLE = Duration.ofMillis(500);

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final Path recording;

    /** With a WAV file. */
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
        definition.put("pool_size", 1).put("ready_deadline_seconds", READY_SECONDS);
        definition.putArray("ports").add(port);
        definition.putArray("tags").add("speech");
        definition.putObject("machine").put("memory_mib", 512).put("cpus", 1);
        definition
                .putObject("probe")
                .put("kind", "exchange")
                .put("send", Base64.getEncoder().encodeToString(ProbeRequest.beginning(recording, SAMPLE)))
                .put(
                        "expect",
                        Base64.getEncoder().encodeToString(ProbeRequest.EXPECTED.getBytes(StandardCharsets.US_ASCII)))
                .set("port", port);
        return definition;
    }

    @Override
    public List<String> use(DemoDevice device, Endpoint endpoint, Path file) throws IOException {
        try (SpeechConnection connection = SpeechConnection.open(endpoint.host(), endpoint.port(), PATIENCE)) {
            return List.of(connection.recognize(file));
        }
    }
}
