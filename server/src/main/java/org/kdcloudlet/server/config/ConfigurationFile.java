package org.kdcloudlet.server.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Reads a TOML file of sections with keys into a {@link Document}, remembering the line of each key. */
final class ConfigurationFile {
    private static final long MAX_BYTES = 1 << 20;

    private final Path file;
    private final Document document;

    private ConfigurationFile(Path file, Document document) {
        this.file = file;
        this.document = document;
    }

    /** Adds what the file says to the document; what cannot be read becomes a problem of the document. */
    static void read(Path file, Document document) {
        new ConfigurationFile(file, document).read();
    }

    private void read() {
        try {
            if (Files.size(file) > MAX_BYTES) {
                document.problem(file + ": is larger than 1 MiB");
                return;
            }
            String text = Files.readString(file);
            List<String> lines = text.lines().toList();
            new TomlMapper().readTree(text).properties().forEach(section -> readSection(section, lines));
        } catch (NoSuchFileException e) {
            document.problem(file + ": there is no such file");
        } catch (CharacterCodingException e) {
            document.problem(file + ": is not UTF-8 text");
        } catch (JsonProcessingException e) {
            document.problem(file + ":" + e.getLocation().getLineNr() + ": is not TOML: "
                    + Document.printable(e.getOriginalMessage()));
        } catch (IOException e) {
            document.problem(file + ": cannot be read: " + e.getMessage());
        }
    }

    private void readSection(Map.Entry<String, JsonNode> section, List<String> lines) {
        String name = section.getKey();
        if (!section.getValue().isObject()) {
            document.problem(
                    place(lines, "", name) + ": " + Document.printable(name) + " stands outside of any [section]");
            return;
        }
        section.getValue()
                .properties()
                .forEach(entry -> document.put(
                        name,
                        entry.getKey(),
                        plain(entry.getValue()),
                        new Document.Source(SettingValue.Origin.FILE, place(lines, name, entry.getKey()))));
    }

    private static Object plain(JsonNode node) {
        if (node.isTextual()) {
            return node.textValue();
        }
        if (node.isNumber()) {
            return node.numberValue();
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        if (node.isArray()) {
            List<Object> items = new ArrayList<>();
            node.forEach(item -> items.add(plain(item)));
            return items;
        }
        return node;
    }

    private String place(List<String> lines, String section, String key) {
        OptionalInt line = lineOf(lines, section, key);
        return line.isPresent() ? file + ":" + line.getAsInt() : file.toString();
    }

    /** Finds the line of a key as TOML is commonly written; empty for the uncommon ways, e.g. inline tables. */
    private static OptionalInt lineOf(List<String> lines, String section, String key) {
        Pattern assignment = Pattern.compile("\\s*[\"']?" + Pattern.quote(key) + "[\"']?\\s*=.*");
        Pattern header = Pattern.compile("\\s*\\[\\s*[\"']?" + Pattern.quote(section) + "[\"']?\\s*].*");
        boolean inside = section.isEmpty();
        for (int index = 0; index < lines.size(); index++) {
            String line = lines.get(index);
            if (line.stripLeading().startsWith("[")) {
                inside = header.matcher(line).matches();
            } else if (inside && assignment.matcher(line).matches()) {
                return OptionalInt.of(index + 1);
            }
        }
        return OptionalInt.empty();
    }
}
