package org.kdcloudlet.server.archive;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Writes a tar archive of files that are their owner's alone, packed by Zstandard (RFC 8878) with a checksum. One that breaks off is
 * simply left: only {@link #finish} makes its end, so that nobody takes it for whole.
 */
public final class PackedTarWriter {
    private static final int MODE = 0100600;

    private final TarArchiveOutputStream tar;
    private final Instant time;

    /**
     * @param level of Zstandard
     * @param time of all members, in whole seconds
     */
    public PackedTarWriter(OutputStream out, int level, Instant time) throws IOException {
        ZstdOutputStream packed = new ZstdOutputStream(out, level);
        packed.setChecksum(true);
        packed.setCloseFrameOnFlush(false);
        this.tar = new TarArchiveOutputStream(packed, StandardCharsets.UTF_8.name());
        this.tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        this.time = time;
    }

    /** Adds a short member. */
    public void put(String name, byte[] content) throws IOException {
        begin(name, content.length).write(content);
        end();
    }

    /**
     * Begins a member.
     *
     * @param bytes how many of it are written before {@link #end}; others than these fail
     * @return where they are written; not to be closed
     */
    public OutputStream begin(String name, long bytes) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(bytes);
        entry.setMode(MODE);
        entry.setModTime(time.getEpochSecond() * 1000);
        tar.putArchiveEntry(entry);
        return tar;
    }

    /** Ends a member. */
    public void end() throws IOException {
        tar.closeArchiveEntry();
    }

    /** Ends the archive, and closes what it was written to. */
    public void finish() throws IOException {
        tar.close();
    }
}
