package org.kdcloudlet.server.catalog;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.server.error.Problems;

/**
 * {@code service.json} of a package (spec/csvm.md). Values may be of more types than one, and come from elsewhere: what is wrong
 * is reported, all at once.
 */
final class CsvmDocument {
    static final int MAX_BYTES = 1 << 20;

    private static final int MAX_DEPTH = 20;
    private static final ObjectMapper JSON = new ObjectMapper(new JsonFactoryBuilder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final JsonNode json;
    private final ServiceBuilder builder = ServiceDefinition.builder();
    private final Problems problems = builder.problems();

    private CsvmDocument(JsonNode json) {
        this.json = json;
    }

    /**
     * @throws org.kdcloudlet.server.error.CloudletException PACKAGE_INVALID when it is not a JSON object
     */
    static CsvmDocument parse(byte[] bytes) {
        try {
            JsonNode json = JSON.readTree(bytes);
            if (json instanceof ObjectNode) {
                return new CsvmDocument(json);
            }
        } catch (IOException e) {
            throw Csvm.invalid("its service.json is not JSON");
        }
        throw Csvm.invalid("its service.json is not one JSON object");
    }

    /** The id of the service, as the document has it; empty when it has none. */
    String serviceId() {
        return json.path("service_id").isTextual() ? json.path("service_id").asText() : "";
    }

    /** The port that clients connect to, if it is one. */
    Optional<Integer> port() {
        String text = json.path("port").asText().strip();
        return Optional.of(text)
                .filter(digits -> digits.matches("[0-9]{1,5}"))
                .map(Integer::parseInt)
                .filter(port -> port >= 1 && port <= 65_535);
    }

    /** The name of the disk image among the members. */
    Optional<String> diskImage() {
        JsonNode name = json.path("vm_image").path("disk_image");
        return Optional.of(name).filter(JsonNode::isTextual).map(JsonNode::asText);
    }

    /**
     * Reads everything into a builder, which knows the rest of what is wrong.
     *
     * @throws org.kdcloudlet.server.error.CloudletException INVALID_VALUE by {@link ServiceBuilder#build()} of it
     */
    ServiceBuilder toBuilder() {
        builder.serviceId(serviceId());
        builder.description(text("description"));
        builder.version(text("version"));
        builder.tags(tags());
        number("port", 1, 65_535)
                .ifPresentOrElse(
                        port -> builder.port(Protocol.TCP, port), () -> problems.add("port", "must be a port"));
        builder.numUsers(number("num_users", 0, 10_000).orElse(0));
        builder.minMemory(number("min_memory", 0, Integer.MAX_VALUE));
        builder.idealMemory(number("ideal_memory", 0, Integer.MAX_VALUE));
        return builder;
    }

    private String text(String field) {
        JsonNode value = json.path(field);
        boolean missing = value.isMissingNode() || value.isNull();
        problems.require(missing || value.isTextual() || value.isNumber(), field, "must be a text");
        return missing ? "" : value.asText();
    }

    private List<String> tags() {
        JsonNode value = json.path("tags");
        List<String> tags = new ArrayList<>();
        if (value.isMissingNode() || value.isNull()) {
            return tags;
        }
        problems.require(value.isArray(), "tags", "must be a list of texts");
        for (JsonNode tag : value) {
            problems.require(tag.isTextual(), "tags", "must be a list of texts");
            if (tag.isTextual() && !tag.asText().isBlank()) {
                tags.add(tag.asText());
            }
        }
        return tags;
    }

    /** A number, or a text with one; empty when it is missing, null or an empty text. */
    private Optional<Integer> number(String field, int least, int most) {
        JsonNode value = json.path(field);
        String text =
                value.isTextual() || value.isIntegralNumber() ? value.asText().strip() : "";
        if (value.isMissingNode() || value.isNull() || (value.isTextual() && text.isEmpty())) {
            return Optional.empty();
        }
        long number = text.matches("[0-9]{1,10}") ? Long.parseLong(text) : -1;
        boolean fits = number >= least && number <= most;
        problems.require(fits, field, "must be a whole number from " + least + " to " + most);
        return fits ? Optional.of((int) number) : Optional.empty();
    }

    /** The document of a service for others to read. */
    static byte[] write(ServiceDefinition definition, String disk, String state) throws IOException {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("service_id", definition.serviceId());
        json.putObject("vm_image").put("disk_image", disk).put("state_image", state);
        json.put("description", definition.description());
        json.put("version", definition.version());
        definition.tags().forEach(json.putArray("tags")::add);
        json.put("port", Integer.toString(definition.port().port()));
        json.put("num_users", definition.numUsers());
        json.put("min_memory", definition.minMemory().map(String::valueOf).orElse(""));
        json.put("ideal_memory", definition.idealMemory().map(String::valueOf).orElse(""));
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
    }
}
