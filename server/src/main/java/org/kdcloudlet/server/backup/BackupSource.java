package org.kdcloudlet.server.backup;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.kdcloudlet.hypervisor.digest.ContentDigest;
import org.kdcloudlet.server.storage.DataDirectory;
import org.kdcloudlet.server.storage.Database;

/**
 * Everything that goes into one backup, as it was at one moment: a copy of the database, and the files that it names, held open so that
 * they are there to the end even if they are removed meanwhile.
 */
final class BackupSource implements AutoCloseable {
    private static final int BUFFER = 256 * 1024;
    /** A file can be removed between the copy and its opening; then a new copy names it no more. */
    private static final int ATTEMPTS = 5;

    private final DataDirectory directory;
    private final Path copy;
    private final Map<String, FileChannel> files = new LinkedHashMap<>();
    private final List<String> missing = new ArrayList<>();

    private BackupSource(DataDirectory directory, Path copy) {
        this.directory = directory;
        this.copy = copy;
    }

    /**
     * @param copy where the copy of the database goes
     * @param left is told of each file that cannot be in the backup
     */
    static BackupSource take(
            Database database, DataDirectory directory, Path copy, boolean images, Consumer<String> left)
            throws IOException {
        BackupSource source = new BackupSource(directory, copy);
        for (int attempt = 1; attempt == 1 || !source.missing.isEmpty() && attempt <= ATTEMPTS; attempt++) {
            source.close();
            Files.deleteIfExists(copy);
            database.copyTo(copy);
            source.open(images);
        }
        source.missing.forEach(name -> left.accept(name + " is missing on this cloudlet, and so is not in the backup"));
        BackupRepository.strip(copy);
        source.files.put(BackupManifest.DATABASE, FileChannel.open(copy, StandardOpenOption.READ));
        return source;
    }

    private void open(boolean images) throws IOException {
        missing.clear();
        for (BackupRepository.Content app : BackupRepository.apps(copy)) {
            hold("app-", directory.apps().resolve(app.sha256() + ".apk"));
            if (app.icon()) {
                hold("app-", directory.apps().resolve(app.sha256() + ".icon"));
            }
        }
        if (images) {
            for (BackupRepository.Content image : BackupRepository.images(copy)) {
                hold("image-", directory.images().resolve(image.sha256() + "." + image.format()));
            }
        }
    }

    private void hold(String kind, Path file) throws IOException {
        try {
            files.put(kind + file.getFileName(), FileChannel.open(file, StandardOpenOption.READ));
        } catch (NoSuchFileException gone) {
            missing.add(file.getFileName().toString());
        }
    }

    /** The database first, so that a reader can refuse early. */
    List<BackupManifest.Member> members() throws IOException {
        List<BackupManifest.Member> members = new ArrayList<>();
        members.add(member(BackupManifest.DATABASE));
        for (String name : files.keySet()) {
            if (!name.equals(BackupManifest.DATABASE)) {
                members.add(member(name));
            }
        }
        return members;
    }

    private BackupManifest.Member member(String name) throws IOException {
        boolean named = name.matches("(app|image)-[0-9a-f]{64}\\.(apk|qcow2|raw)");
        String digest = named ? name.replaceAll("^[a-z]+-|\\..*$", "") : digest(name);
        return new BackupManifest.Member(name, files.get(name).size(), digest);
    }

    /** A member from its beginning; not to be closed. */
    InputStream stream(String name) {
        FileChannel channel = files.get(name);
        return new InputStream() {
            private long position;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int read = channel.read(ByteBuffer.wrap(bytes, offset, length), position);
                position += Math.max(read, 0);
                return read;
            }
        };
    }

    private String digest(String name) throws IOException {
        InputStream in = stream(name);
        byte[] buffer = new byte[BUFFER];
        try (ContentDigest digest = ContentDigest.of(files.get(name).size())) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, read);
            }
            return digest.finish();
        }
    }

    @Override
    public void close() throws IOException {
        for (FileChannel channel : files.values()) {
            channel.close();
        }
        files.clear();
    }
}
