package org.kdcloudlet.server.backup;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.digest.DigestedFile;
import org.kdcloudlet.server.archive.CountedInputStream;
import org.kdcloudlet.server.archive.HostFailure;
import org.kdcloudlet.server.archive.TarMembers;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.storage.ForeignDatabase;

/**
 * Reads a backup in one pass into a folder: exactly the members that its manifest names, in its order, each with the length and digest
 * that it says. Names of the archive become names of files only where the manifest's rule allows them. Memory does not grow with it.
 */
final class BackupReader {
    private static final int BUFFER = 256 * 1024;

    private final Path folder;
    private final Runnable room;

    private BackupReader(Path folder, Runnable room) {
        this.folder = folder;
        this.room = room;
    }

    /**
     * @param folder that is empty
     * @param room is asked now and then whether the disk has any, and throws when not
     * @throws CloudletException BACKUP_INVALID; STORAGE_FULL
     */
    static BackupManifest read(Path file, Path folder, Runnable room, Progress progress) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
                ZstdInputStream plain = new ZstdInputStream(
                        new CountedInputStream(Channels.newInputStream(channel), channel.size(), progress))) {
            return new BackupReader(folder, room).readAll(new BufferedInputStream(plain, BUFFER));
        } catch (CloudletException | CancellationException e) {
            throw e;
        } catch (IOException e) {
            HostFailure.throwIfAny(
                    e,
                    () -> new CloudletException(
                            ErrorCode.STORAGE_FULL, "The disk has no room for what is in this backup; free some.", e));
            throw ForeignDatabase.invalid("it is damaged or not all of it is there");
        } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException | ArithmeticException e) {
            // What the archive library throws for headers that contradict themselves.
            throw ForeignDatabase.invalid("its archive is damaged");
        }
    }

    private BackupManifest readAll(InputStream plain) throws IOException {
        TarMembers members = new TarMembers(plain, BackupManifest.MAX_MEMBERS + 1, ForeignDatabase::invalid);
        Optional<TarArchiveEntry> first = members.next();
        if (first.isEmpty() || !members.name().equals(BackupManifest.NAME)) {
            throw ForeignDatabase.invalid("it does not begin with a manifest");
        }
        if (first.get().getSize() > BackupManifest.MAX_BYTES) {
            throw ForeignDatabase.invalid("its manifest is too long");
        }
        BackupManifest manifest = BackupManifest.parse(members.content().readNBytes(BackupManifest.MAX_BYTES));
        Iterator<BackupManifest.Member> expected = manifest.members().iterator();
        for (Optional<TarArchiveEntry> entry = members.next(); entry.isPresent(); entry = members.next()) {
            if (!expected.hasNext()) {
                throw ForeignDatabase.invalid("it has a member that its manifest does not name");
            }
            BackupManifest.Member member = expected.next();
            if (!member.name().equals(members.name())
                    || member.bytes() != entry.get().getSize()) {
                throw ForeignDatabase.invalid("it has other members than its manifest names");
            }
            unpack(members.content(), member);
        }
        if (expected.hasNext()) {
            throw new EOFException("The archive ends before its last member");
        }
        members.end();
        return manifest;
    }

    private void unpack(InputStream in, BackupManifest.Member member) throws IOException {
        long length = 0;
        String sha256;
        try (DigestedFile unpacked = DigestedFile.create(folder.resolve(member.name()), member.bytes())) {
            for (int read = unpacked.readFrom(in); read >= 0; read = unpacked.readFrom(in)) {
                length += read;
                room.run();
            }
            sha256 = unpacked.finish();
        }
        if (length != member.bytes()) {
            throw new EOFException("The archive ends in " + member.name());
        }
        if (!sha256.equals(member.sha256())) {
            throw ForeignDatabase.invalid(member.name() + " is not what its manifest says");
        }
    }
}
