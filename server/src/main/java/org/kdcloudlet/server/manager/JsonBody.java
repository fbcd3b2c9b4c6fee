package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.Map;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Reads the body of a request as one JSON object, strictly: no duplicate names, nothing behind it, nothing deep. */
final class JsonBody {
    private static final ObjectMapper JSON = new ObjectMapper(new JsonFactoryBuilder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(20).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private JsonBody() {}

    /**
     * @throws CloudletException INVALID_VALUE when it is not a JSON object
     */
    static ObjectNode of(Context context) {
        return parse(context.bodyAsBytes());
    }

    /** The same of bytes. */
    static ObjectNode parse(byte[] body) {
        try (JsonParser parser = JSON.createParser(body)) {
            JsonNode value = JSON.readTree(parser);
            if (value instanceof ObjectNode object && parser.nextToken() == null) {
                return object;
            }
        } catch (IOException e) {
            throw invalid("The body is not JSON: " + firstLine(e.getMessage()));
        }
        throw invalid("The body must be one JSON object.");
    }

    static CloudletException invalid(String message) {
        return new CloudletException(ErrorCode.INVALID_VALUE, message, Map.of());
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }
}
