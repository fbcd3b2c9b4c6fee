package org.kdcloudlet.server.upload;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of uploads: {@code ID.json} says what is uploaded, {@code ID.data} is what has arrived, and its length and time are how
 * far that is and when it came. The record is made last and removed first; what is left without one is removed at the next start.
 */
final class UploadFiles {
    private static final Logger LOG = LoggerFactory.getLogger(UploadFiles.class);
    private static final String RECORD = ".json";
    private static final String DATA = ".data";
    private static final String UNREADY = ".new";
    private static final int MAX_RECORD = 64 * 1024;

    private final ObjectMapper json = new ObjectMapper();
    private final Path folder;

    UploadFiles(Path folder) {
        this.folder = folder;
    }

    /** An upload as it is on record. */
    record Stored(String id, String owner, UploadRequest file) {}

    Path data(String id) {
        return folder.resolve(id + DATA);
    }

    private Path record(String id) {
        return folder.resolve(id + RECORD);
    }

    /** Puts an upload on record, durably, with nothing of it there yet. */
    void add(Stored upload) throws IOException {
        Path unready = folder.resolve(upload.id() + UNREADY);
        try {
            Files.createFile(data(upload.id()));
            try (FileChannel channel =
                    FileChannel.open(unready, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(json.writeValueAsBytes(write(upload)));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(unready, record(upload.id()), StandardCopyOption.ATOMIC_MOVE);
            sync();
        } catch (IOException e) {
            Files.deleteIfExists(unready);
            remove(upload.id());
            throw e;
        }
    }

    private ObjectNode write(Stored upload) {
        UploadRequest file = upload.file();
        ObjectNode node = json.createObjectNode();
        node.put("owner", upload.owner());
        node.put("kind", file.kind().name());
        node.put("name", file.name());
        node.put("length", file.length());
        file.lastModified().ifPresent(time -> node.put("last_modified", time));
        file.sha256().ifPresent(digest -> node.put("sha256", digest));
        return node;
    }

    private Stored read(String id) throws IOException {
        Path file = record(id);
        if (Files.size(file) > MAX_RECORD) {
            throw new IOException("The record of an upload has more than " + MAX_RECORD + " bytes");
        }
        JsonNode node = json.readTree(Files.readAllBytes(file));
        try {
            UploadRequest request = new UploadRequest(
                    UploadKind.valueOf(node.path("kind").asText()),
                    node.path("name").asText(),
                    node.path("length").asLong(),
                    node.has("last_modified")
                            ? Optional.of(node.path("last_modified").asLong())
                            : Optional.empty(),
                    Optional.ofNullable(node.path("sha256").textValue()));
            request.check();
            return new Stored(id, node.path("owner").asText(), request);
        } catch (IllegalArgumentException | CloudletException e) {
            throw new IOException("The record of an upload cannot be read", e);
        }
    }

    /** All uploads whose record and data are there; whatever else is in the folder is removed. */
    List<Stored> load() {
        List<Stored> found = new ArrayList<>();
        List<Path> all = files();
        for (Path file : all) {
            String name = file.getFileName().toString();
            if (name.endsWith(RECORD)) {
                load(name.substring(0, name.length() - RECORD.length())).ifPresent(found::add);
            }
        }
        Set<String> known = found.stream().map(Stored::id).collect(Collectors.toSet());
        for (Path file : all) {
            String name = file.getFileName().toString();
            boolean kept = (name.endsWith(RECORD) || name.endsWith(DATA))
                    && known.contains(name.substring(0, name.lastIndexOf('.')));
            if (!kept) {
                delete(file);
            }
        }
        return found;
    }

    private Optional<Stored> load(String id) {
        try {
            Stored upload = read(id);
            boolean sound = Files.isRegularFile(data(id), LinkOption.NOFOLLOW_LINKS)
                    && Files.size(data(id)) <= upload.file().length();
            return sound ? Optional.of(upload) : Optional.empty();
        } catch (IOException e) {
            LOG.warn(
                    "upload {} is removed: its record cannot be read ({})",
                    id,
                    e.getClass().getSimpleName());
            return Optional.empty();
        }
    }

    /** When the last byte of an upload came. */
    Instant changed(String id) {
        try {
            return Files.getLastModifiedTime(data(id)).toInstant();
        } catch (IOException gone) {
            return Instant.EPOCH;
        }
    }

    /** Notes that an upload was gone on with. */
    void touch(String id, Instant now) throws IOException {
        Files.setLastModifiedTime(data(id), FileTime.from(now));
    }

    /** Removes an upload; the record first, so that none ever stands for data that is gone. */
    void remove(String id) {
        delete(record(id));
        delete(data(id));
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("cannot remove {}: {}", file, e.toString());
        }
    }

    private void sync() throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private List<Path> files() {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.toList();
        } catch (IOException e) {
            throw new CloudletException(
                    ErrorCode.STORAGE_UNUSABLE, "Cannot list the uploads in " + folder + ": " + e.getMessage(), e);
        }
    }
}
