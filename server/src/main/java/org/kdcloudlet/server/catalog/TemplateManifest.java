package org.kdcloudlet.server.catalog;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/**
 * What a template that is carried says of itself, in its first member: what it depends on, and everything that follows, in its order,
 * with length and digest. It is authenticated ({@link ExportKeys}) and read only once that was found to hold.
 *
 * @param key what it depends on: image, hypervisor, machine type, CPU, accelerator, firmware and hardware
 * @param image SHA-256 of the disk image that it was made from, lowercase hex
 * @param host what it was made on, for people
 * @param description what the hypervisor has to know of it besides
 * @param members what follows
 */
record TemplateManifest(TemplateKey key, String image, String host, String description, List<Member> members) {
    static final String SUFFIX = ".template";
    static final String NAME = "manifest.json";
    /** Authenticates the manifest: HMAC-SHA-256 (RFC 2104), 64 lowercase hex digits. */
    static final String SEAL = "manifest.hmac";

    static final int MAX_BYTES = 64 * 1024;
    static final int MAX_MEMBERS = 16;

    private static final String FORMAT = "kdcloudlet-template";
    private static final int VERSION = 1;
    private static final int DEEPEST = 4;
    private static final Pattern FILE = Pattern.compile("[a-z][a-z0-9]{0,30}(\\.[a-z0-9]{1,10})?");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /**
     * A file of the template.
     *
     * @param name letters, digits and one dot
     * @param bytes its length
     * @param sha256 in lowercase hexadecimal
     */
    record Member(String name, long bytes, String sha256) {
        boolean isSound() {
            return FILE.matcher(name).matches()
                    && !name.equals(NAME)
                    && !name.equals(SEAL)
                    && bytes >= 0
                    && DIGEST.matcher(sha256).matches();
        }
    }

    TemplateManifest {
        members = List.copyOf(members);
    }

    /** @param why as the end of a sentence */
    static CloudletException invalid(String why) {
        return new CloudletException(ErrorCode.PACKAGE_INVALID, why);
    }

    /** How many bytes the members have together; as many as there can be when that is more. */
    long bytes() {
        long total = 0;
        for (Member member : members) {
            total = member.bytes() > Long.MAX_VALUE - total ? Long.MAX_VALUE : total + member.bytes();
        }
        return total;
    }

    byte[] write() throws IOException {
        ObjectNode text = JSON.createObjectNode();
        text.put("format", FORMAT).put("version", VERSION);
        text.put("key", key.value()).put("image", image).put("host", host).put("description", description);
        ArrayNode list = text.putArray("files");
        members.forEach(member -> list.addObject()
                .put("name", member.name())
                .put("bytes", member.bytes())
                .put("sha256", member.sha256()));
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(text);
    }

    /**
     * @throws CloudletException PACKAGE_INVALID
     */
    static TemplateManifest parse(byte[] bytes) {
        JsonNode text;
        try {
            text = JSON.readTree(bytes);
        } catch (IOException e) {
            throw invalid("its manifest is not JSON");
        }
        if (!text.path("format").asText().equals(FORMAT)) {
            throw invalid("its manifest is none of a template");
        }
        if (text.path("version").asInt() != VERSION) {
            throw invalid("it has a form that this program does not know");
        }
        String key = text.path("key").asText();
        String image = text.path("image").asText();
        if (!DIGEST.matcher(key).matches() || !DIGEST.matcher(image).matches()) {
            throw invalid("its manifest does not say what it was made of");
        }
        return new TemplateManifest(
                new TemplateKey(key),
                image,
                text.path("host").asText(),
                text.path("description").asText(),
                members(text.path("files")));
    }

    private static List<Member> members(JsonNode list) {
        if (!list.isArray() || list.isEmpty() || list.size() > MAX_MEMBERS) {
            throw invalid("its manifest has no files, or too many");
        }
        Map<String, Member> found = new LinkedHashMap<>();
        for (JsonNode entry : list) {
            JsonNode bytes = entry.path("bytes");
            Member member = new Member(
                    entry.path("name").asText(),
                    bytes.isIntegralNumber() && bytes.canConvertToLong() ? bytes.asLong() : -1,
                    entry.path("sha256").asText());
            if (!member.isSound() || found.put(member.name(), member) != null) {
                throw invalid("its manifest names what no template has");
            }
        }
        return List.copyOf(found.values());
    }
}
