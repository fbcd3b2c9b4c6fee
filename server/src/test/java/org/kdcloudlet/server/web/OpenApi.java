package org.kdcloudlet.server.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** The document docs/reference/openapi.yaml, and whether what servers answer is what it says. */
public final class OpenApi {
    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete", "head", "options");

    private final ObjectMapper json = new ObjectMapper();
    private final JsonSchemaFactory schemas = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
    private final JsonNode document;
    private final Set<String> checked = new HashSet<>();

    public OpenApi() {
        Path file = Path.of(System.getProperty("cloudlet.project"), "docs", "reference", "openapi.yaml");
        try {
            document = new YAMLMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Methods and paths that are documented, e.g. {@code GET /v1/services/{service_id}}. */
    public Set<String> operations(String prefix) {
        Set<String> operations = new TreeSet<>();
        document.path("paths").properties().stream()
                .filter(path -> path.getKey().startsWith(prefix))
                .forEach(path -> path.getValue().properties().stream()
                        .filter(operation -> METHODS.contains(operation.getKey()))
                        .forEach(operation ->
                                operations.add(operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey())));
        return operations;
    }

    /** The role that an operation of the admin REST API needs, by what the document says of all and of this one. */
    public String role(String method, String path) {
        JsonNode operation = document.path("paths").path(path).path(method.toLowerCase(Locale.ROOT));
        return operation.path("x-role").asText(method.equals("GET") ? "viewer" : "operator");
    }

    /** The operations of {@link #operations} whose answers were checked. */
    public Set<String> checked() {
        return new TreeSet<>(checked);
    }

    /**
     * Holds an answer to the document: its status must be listed, and a JSON body must fit the schema.
     *
     * @param operation e.g. {@code GET /v1/services/{service_id}}
     */
    public void check(String operation, RawHttp.Answer answer) throws IOException {
        String[] parts = operation.split(" ");
        JsonNode responses = document.path("paths")
                .path(parts[1])
                .path(parts[0].toLowerCase(Locale.ROOT))
                .path("responses");
        assertThat(responses.isObject()).as("%s is documented", operation).isTrue();
        String status = Integer.toString(answer.status());
        JsonNode response = resolve(responses.has(status) ? responses.get(status) : responses.path("default"));
        assertThat(response.isObject())
                .as("status %s of %s is documented: %s", status, operation, answer.body())
                .isTrue();
        if (!response.has("content")) {
            assertThat(answer.body()).as("%s has no body", operation).isEmpty();
            checked.add(operation);
            return;
        }
        String type = answer.header("Content-Type").split(";")[0];
        assertThat(response.path("content").has(type))
                .as("type %s of status %s of %s is documented", type, status, operation)
                .isTrue();
        if (type.equals("application/json")) {
            checkSchema(operation, response.path("content").path(type).path("schema"), answer.body());
        }
        checked.add(operation);
    }

    private void checkSchema(String operation, JsonNode schema, String body) throws IOException {
        ObjectNode root = json.createObjectNode();
        root.put("$ref", "#/here");
        root.set("here", schema);
        root.set("components", document.path("components"));
        assertThat(schemas.getSchema(root).validate(json.readTree(body)))
                .as("%s answered %s", operation, body)
                .isEmpty();
    }

    private JsonNode resolve(JsonNode node) {
        String reference = node.path("$ref").asText("");
        return reference.isEmpty() ? node : document.at(reference.substring(1));
    }
}
