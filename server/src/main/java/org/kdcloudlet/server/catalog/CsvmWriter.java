package org.kdcloudlet.server.catalog;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.zip.Deflater;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;
import org.kdcloudlet.hypervisor.Progress;

/** Writes a package that the reference system can import. The document comes first, so that a reader can refuse early. */
final class CsvmWriter {
    private static final int BUFFER = 256 * 1024;
    private static final int FILE_MODE = 0100644;

    private CsvmWriter() {}

    /**
     * @param disk a qcow2 image, read from its beginning
     * @param made when it was made, for the times of the members
     */
    static void write(
            OutputStream out,
            ServiceDefinition definition,
            FileChannel disk,
            Instant made,
            boolean compressed,
            Progress progress)
            throws IOException {
        OutputStream packed = compressed ? new GzipCompressorOutputStream(out, fast()) : out;
        TarArchiveOutputStream tar = new TarArchiveOutputStream(packed, StandardCharsets.UTF_8.name());
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        String diskName = definition.serviceId() + Csvm.DISK;
        String stateName = diskName + Csvm.STATE;
        byte[] document = CsvmDocument.write(definition, diskName, stateName);
        TarArchiveEntry entry = entry(Csvm.DOCUMENT, document.length, made);
        entry.addPaxHeader(Csvm.DEFINITION, PackagedDefinition.write(definition));
        tar.putArchiveEntry(entry);
        tar.write(document);
        tar.closeArchiveEntry();
        // The reference wants the member that state_image names; its state would not fit another host.
        tar.putArchiveEntry(entry(stateName, 0, made));
        tar.closeArchiveEntry();
        tar.putArchiveEntry(entry(diskName, disk.size(), made));
        copy(disk, tar, progress);
        tar.closeArchiveEntry();
        tar.finish();
        if (packed instanceof GzipCompressorOutputStream gzip) {
            gzip.finish();
        }
        packed.flush();
    }

    /** Disk images have little in them that packs well, and much of it. */
    private static GzipParameters fast() {
        GzipParameters parameters = new GzipParameters();
        parameters.setCompressionLevel(Deflater.BEST_SPEED);
        parameters.setBufferSize(BUFFER);
        return parameters;
    }

    private static TarArchiveEntry entry(String name, long bytes, Instant made) {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(bytes);
        entry.setMode(FILE_MODE);
        entry.setModTime(made.getEpochSecond() * 1000);
        return entry;
    }

    private static void copy(FileChannel disk, OutputStream out, Progress progress) throws IOException {
        byte[] bytes = new byte[BUFFER];
        long total = disk.size();
        long done = 0;
        for (int read = disk.read(ByteBuffer.wrap(bytes), 0); read >= 0; ) {
            out.write(bytes, 0, read);
            done += read;
            progress.report(done, total);
            read = disk.read(ByteBuffer.wrap(bytes), done);
        }
        if (done != total) {
            throw new IOException("The image changed while it was read");
        }
    }
}
