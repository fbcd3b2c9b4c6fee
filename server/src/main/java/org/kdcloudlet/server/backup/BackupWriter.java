package org.kdcloudlet.server.backup;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.digest.ContentDigest;
import org.kdcloudlet.server.archive.PackedTarWriter;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Writes a backup: a tar archive of the manifest and what it names, packed by Zstandard (RFC 8878) with a checksum. */
final class BackupWriter {
    private static final int BUFFER = 256 * 1024;
    private static final int LEVEL = 3;

    private final BackupManifest manifest;
    private final BackupSource source;
    private final Runnable room;
    private final Progress progress;
    private long done;

    /** @param room is asked now and then whether the disk has any, and throws when not */
    BackupWriter(BackupManifest manifest, BackupSource source, Runnable room, Progress progress) {
        this.manifest = manifest;
        this.source = source;
        this.room = room;
        this.progress = progress;
    }

    /** Writes a whole file, readable by its owner alone and on disk when this returns, or none. */
    void write(Path file, Runnable aboutToEnd) throws IOException {
        Path unready = file.resolveSibling(file.getFileName() + ".part");
        try (Reverter undo = new Reverter()) {
            undo.add("remove " + unready, () -> Files.deleteIfExists(unready));
            try (FileChannel channel = FileChannel.open(
                            unready,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                    OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER)) {
                writeTo(out);
            }
            PendingRestore.sync(unready);
            aboutToEnd.run();
            Files.move(unready, file, StandardCopyOption.ATOMIC_MOVE);
            PendingRestore.sync(file.getParent());
            undo.commit();
        }
    }

    private void writeTo(OutputStream out) throws IOException {
        PackedTarWriter tar = new PackedTarWriter(out, LEVEL, manifest.created());
        tar.put(BackupManifest.NAME, manifest.write());
        for (BackupManifest.Member member : manifest.members()) {
            copy(member, tar.begin(member.name(), member.bytes()));
            tar.end();
        }
        tar.finish();
    }

    private void copy(BackupManifest.Member member, OutputStream out) throws IOException {
        InputStream in = source.stream(member.name());
        byte[] buffer = new byte[BUFFER];
        long length = 0;
        String sha256;
        try (ContentDigest digest = ContentDigest.of(member.bytes())) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, read);
                out.write(buffer, 0, read);
                length += read;
                done += read;
                progress.report(done, manifest.bytes());
                room.run();
            }
            sha256 = digest.finish();
        }
        if (length != member.bytes() || !sha256.equals(member.sha256())) {
            throw new CloudletException(
                    ErrorCode.STORAGE_UNUSABLE,
                    "The file " + member.name()
                            + " is damaged on this cloudlet: its content is not what it was. Replace"
                            + " or remove what uses it, or make a backup without images.");
        }
    }
}
