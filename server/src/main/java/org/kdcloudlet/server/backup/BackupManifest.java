package org.kdcloudlet.server.backup;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.kdcloudlet.server.storage.ForeignDatabase;

/**
 * What a backup says of itself, in its first member: everything that follows, in its order, with length and digest.
 *
 * @param cloudlet name of the cloudlet that it is of
 * @param program version of the program that made it
 * @param schema of its database
 * @param created when the copy of the database was made
 * @param images whether it was to have the disk images
 * @param members what follows
 */
record BackupManifest(
        String cloudlet, String program, int schema, Instant created, boolean images, List<Member> members) {
    static final String NAME = "manifest.json";
    static final String DATABASE = "database.sqlite";
    static final int MAX_BYTES = 16 * 1024 * 1024;
    static final int MAX_MEMBERS = 20_000;

    private static final String FORMAT = "kdcloudlet-backup";
    private static final int VERSION = 1;
    private static final Pattern FILE =
            Pattern.compile("database\\.sqlite|app-[0-9a-f]{64}\\.(apk|icon)|image-[0-9a-f]{64}\\.(qcow2|raw)");
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final int DEEPEST = 4;

    /**
     * A member of the archive.
     *
     * @param name {@code database.sqlite}, {@code app-SHA256.apk}, {@code app-SHA256.icon}, or {@code image-SHA256.FORMAT}
     * @param bytes its length
     * @param sha256 in lowercase hexadecimal
     */
    record Member(String name, long bytes, String sha256) {}

    BackupManifest {
        members = List.copyOf(members);
    }

    /** How many bytes the members have together. */
    long bytes() {
        return members.stream().mapToLong(Member::bytes).sum();
    }

    byte[] write() {
        ObjectMapper json = new ObjectMapper();
        ObjectNode text = json.createObjectNode();
        text.put("format", FORMAT).put("version", VERSION);
        text.put("cloudlet", cloudlet).put("program", program).put("schema", schema);
        text.put("created", created.toString()).put("images", images);
        ArrayNode list = text.putArray("members");
        members.forEach(member -> list.addObject()
                .put("name", member.name())
                .put("bytes", member.bytes())
                .put("sha256", member.sha256()));
        try {
            return json.writerWithDefaultPrettyPrinter().writeValueAsBytes(text);
        } catch (IOException e) {
            throw new IllegalStateException("a JSON tree can always be written", e);
        }
    }

    /**
     * @throws org.kdcloudlet.server.error.CloudletException BACKUP_INVALID
     */
    static BackupManifest parse(byte[] bytes) {
        StreamReadConstraints limits =
                StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build();
        ObjectMapper json = new ObjectMapper(
                JsonFactory.builder().streamReadConstraints(limits).build());
        try {
            JsonNode text = json.readTree(bytes);
            if (!text.path("format").asText().equals(FORMAT)) {
                throw ForeignDatabase.invalid("its manifest is none");
            }
            if (text.path("version").asInt() != VERSION) {
                throw ForeignDatabase.invalid("it has a form that this program does not know; use a newer KD-Cloudlet");
            }
            return new BackupManifest(
                    text.path("cloudlet").asText(),
                    text.path("program").asText(),
                    text.path("schema").asInt(),
                    Instant.parse(text.path("created").asText()),
                    text.path("images").asBoolean(),
                    members(text.path("members")));
        } catch (IOException | DateTimeParseException e) {
            throw ForeignDatabase.invalid("its manifest is damaged");
        }
    }

    private static List<Member> members(JsonNode list) {
        if (list.size() > MAX_MEMBERS) {
            throw ForeignDatabase.invalid("it has too many members");
        }
        Map<String, Member> found = new LinkedHashMap<>();
        for (JsonNode entry : list) {
            Member member = new Member(
                    entry.path("name").asText(),
                    entry.path("bytes").asLong(-1),
                    entry.path("sha256").asText());
            boolean sound = FILE.matcher(member.name()).matches()
                    && member.bytes() >= 0
                    && DIGEST.matcher(member.sha256()).matches()
                    && (member.name().endsWith(".icon")
                            || member.name().equals(DATABASE)
                            || member.name().contains("-" + member.sha256() + "."));
            if (!sound || found.put(member.name(), member) != null) {
                throw ForeignDatabase.invalid("its manifest names what no backup has");
            }
        }
        if (!found.containsKey(DATABASE)) {
            throw ForeignDatabase.invalid("it has no database");
        }
        return List.copyOf(found.values());
    }
}
