package org.kdcloudlet.server.backup;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** The members of a backup, to be changed as somebody hostile would. */
public final class BackupFile {
    private final Map<String, byte[]> members = new LinkedHashMap<>();

    public static BackupFile read(Path file) throws IOException {
        BackupFile backup = new BackupFile();
        try (InputStream in = Files.newInputStream(file);
                TarArchiveInputStream tar = new TarArchiveInputStream(new ZstdInputStream(in))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                backup.members.put(entry.getName(), tar.readAllBytes());
            }
        }
        return backup;
    }

    public Map<String, byte[]> members() {
        return members;
    }

    /** Changes the database by SQL, and the manifest with it, so that the digests are right. */
    public BackupFile sql(Path folder, String... statements) throws IOException, SQLException {
        Path database = Files.createTempFile(folder, "changed", ".sqlite");
        Files.write(database, members.get("database.sqlite"));
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.executeUpdate(sql);
            }
        }
        return replace("database.sqlite", Files.readAllBytes(database));
    }

    /** Replaces a member, and what the manifest says of it. */
    public BackupFile replace(String name, byte[] content) throws IOException {
        members.put(name, content);
        ObjectMapper json = new ObjectMapper();
        ObjectNode manifest = (ObjectNode) json.readTree(members.get("manifest.json"));
        manifest.withArray("members").forEach(member -> {
            if (member.path("name").asText().equals(name)) {
                ((ObjectNode) member).put("bytes", content.length).put("sha256", digest(content));
            }
        });
        members.put("manifest.json", json.writeValueAsBytes(manifest));
        return this;
    }

    /** Replaces a text of the manifest. */
    public BackupFile manifest(String before, String after) {
        String text = new String(members.get("manifest.json"), StandardCharsets.UTF_8);
        if (!text.contains(before)) {
            throw new IllegalArgumentException(before + " is not in " + text);
        }
        members.put("manifest.json", text.replace(before, after).getBytes(StandardCharsets.UTF_8));
        return this;
    }

    public Path write(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                TarArchiveOutputStream tar = new TarArchiveOutputStream(new ZstdOutputStream(out))) {
            for (Map.Entry<String, byte[]> member : members.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(member.getKey(), true);
                entry.setSize(member.getValue().length);
                tar.putArchiveEntry(entry);
                tar.write(member.getValue());
                tar.closeArchiveEntry();
            }
        }
        return file;
    }

    public static String digest(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
