package org.kdcloudlet.server.catalog;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.kdcloudlet.hypervisor.digest.ContentDigest;

/** Takes templates that were exported apart, and makes others of the parts, as nobody should. */
final class TestTemplate {
    private final Map<String, byte[]> members = new LinkedHashMap<>();

    private TestTemplate() {}

    static TestTemplate of(Path file) {
        TestTemplate template = new TestTemplate();
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new ByteArrayInputStream(plain(Files.readAllBytes(file))))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                template.members.put(entry.getName(), tar.readAllBytes());
            }
            return template;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte[] member(String name) {
        return members.get(name);
    }

    String manifest() {
        return new String(member(TemplateManifest.NAME), StandardCharsets.UTF_8);
    }

    TestTemplate with(String name, byte[] content) {
        TestTemplate other = new TestTemplate();
        other.members.putAll(members);
        other.members.put(name, content);
        return other;
    }

    TestTemplate without(String name) {
        TestTemplate other = with(name, new byte[0]);
        other.members.remove(name);
        return other;
    }

    /** With another manifest, sealed. */
    TestTemplate with(String manifest, ExportKeys keys) {
        byte[] text = manifest.getBytes(StandardCharsets.UTF_8);
        return with(TemplateManifest.NAME, text)
                .with(TemplateManifest.SEAL, keys.seal(text).getBytes(StandardCharsets.US_ASCII));
    }

    byte[] tar() {
        TestPackage archive = new TestPackage();
        members.forEach(archive::member);
        return archive.tar();
    }

    byte[] packed() {
        return packed(tar());
    }

    /** What the manifest says of a file. */
    static String line(String name, byte[] content) {
        return "{\"name\": \"" + name + "\", \"bytes\": " + content.length + ", \"sha256\": \"" + sha256(content)
                + "\"}";
    }

    /** A manifest that says this of the files that are there. */
    String manifestOf(String key, String image) {
        return "{\"format\": \"kdcloudlet-template\", \"version\": 1, \"key\": \"" + key + "\", \"image\": \"" + image
                + "\", \"host\": \"Fake 1.0 (TCG)\", \"description\": \"a fake template\", \"files\": ["
                + members.entrySet().stream()
                        .filter(member -> !member.getKey().startsWith("manifest"))
                        .map(member -> line(member.getKey(), member.getValue()))
                        .collect(Collectors.joining(", "))
                + "]}";
    }

    private static String sha256(byte[] content) {
        try (ContentDigest digest = ContentDigest.here()) {
            digest.update(content, content.length);
            return digest.finish();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] packed(byte[] plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZstdOutputStream out = new ZstdOutputStream(bytes)) {
            out.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] plain(byte[] packed) throws IOException {
        try (ZstdInputStream in = new ZstdInputStream(new ByteArrayInputStream(packed))) {
            return in.readAllBytes();
        }
    }
}
