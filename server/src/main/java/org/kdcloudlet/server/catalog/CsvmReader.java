package org.kdcloudlet.server.catalog;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.digest.DigestedFile;
import org.kdcloudlet.server.archive.CountedInputStream;
import org.kdcloudlet.server.archive.HostFailure;
import org.kdcloudlet.server.archive.TarMembers;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/**
 * Reads a package in one pass, compressed or not, its members in any order. Only the disk image is written anywhere, and to a
 * file that the caller named; nothing of the archive's names is used for one. Memory does not grow with the package.
 */
final class CsvmReader {
    private static final int BUFFER = 256 * 1024;
    private static final int MAX_MEMBERS = 16;
    private static final int CHECK_SPACE_EVERY = 64 * 1024 * 1024;

    /**
     * @param maxDiskBytes longest disk image, and longest saved state
     * @param spareBytes how much may still be written to the disk
     */
    record Limits(long maxDiskBytes, LongSupplier spareBytes) {}

    /**
     * What a package holds.
     *
     * @param definition what a package of ours says besides the document
     * @param sha256 of the disk image, lowercase hex
     * @param hardware what the saved state says; empty when there is none
     */
    record Found(CsvmDocument document, String sha256, Optional<String> definition, Optional<GuestHardware> hardware) {}

    private final Path disk;
    private final Limits limits;
    private final Consumer<CsvmDocument> early;
    private Optional<String> diskName = Optional.empty();
    private Optional<CsvmDocument> document = Optional.empty();
    private Optional<String> definition = Optional.empty();
    private Optional<GuestHardware> hardware = Optional.empty();
    private String digest = "";

    private CsvmReader(Path disk, Limits limits, Consumer<CsvmDocument> early) {
        this.disk = disk;
        this.limits = limits;
        this.early = early;
    }

    /**
     * Reads a package.
     *
     * @param disk where the disk image is written to
     * @param early is given the document as soon as it was read, and may throw
     * @throws CloudletException PACKAGE_INVALID; STORAGE_FULL
     */
    static Found read(Path file, Path disk, Limits limits, Progress progress, Consumer<CsvmDocument> early) {
        CsvmReader reader = new CsvmReader(disk, limits, early);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            long total = channel.size();
            InputStream counted = new CountedInputStream(Channels.newInputStream(channel), total, progress);
            reader.readAll(counted);
            return reader.found();
        } catch (IOException e) {
            HostFailure.throwIfAny(e, () -> full(0));
            throw Csvm.invalid("it is damaged or not all of it is there");
        } catch (CloudletException | CancellationException e) {
            throw e;
        } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException | ArithmeticException e) {
            // What the archive library throws for headers that contradict themselves.
            throw Csvm.invalid("its archive is damaged");
        }
    }

    private void readAll(InputStream raw) throws IOException {
        BufferedInputStream in = new BufferedInputStream(raw, BUFFER);
        in.mark(2);
        boolean compressed = in.read() == 0x1f && in.read() == 0x8b;
        in.reset();
        InputStream plain = compressed ? new BufferedInputStream(new GZIPInputStream(in, BUFFER), BUFFER) : in;
        TarMembers members = new TarMembers(plain, MAX_MEMBERS, Csvm::invalid);
        for (Optional<TarArchiveEntry> entry = members.next(); entry.isPresent(); entry = members.next()) {
            readMember(members, entry.get());
        }
        members.end();
    }

    private void readMember(TarMembers members, TarArchiveEntry entry) throws IOException {
        String name = members.name();
        InputStream tar = members.content();
        if (name.equals(Csvm.DOCUMENT)) {
            readDocument(tar, entry);
        } else if (name.endsWith(Csvm.DISK)) {
            readDisk(tar, entry, name);
        } else if (name.endsWith(Csvm.STATE)) {
            readState(tar, entry);
        } else {
            throw Csvm.invalid("it has a member that belongs to no packaged service");
        }
    }

    private void readDocument(InputStream tar, TarArchiveEntry entry) throws IOException {
        if (entry.getSize() > CsvmDocument.MAX_BYTES) {
            throw Csvm.invalid("its service.json has more than " + CsvmDocument.MAX_BYTES + " bytes");
        }
        byte[] bytes = tar.readNBytes(CsvmDocument.MAX_BYTES);
        if (bytes.length != entry.getSize()) {
            throw new EOFException("The archive ends in service.json");
        }
        CsvmDocument read = CsvmDocument.parse(bytes);
        definition = Optional.ofNullable(entry.getExtraPaxHeader(Csvm.DEFINITION));
        early.accept(read);
        document = Optional.of(read);
    }

    private void readDisk(InputStream tar, TarArchiveEntry entry, String name) throws IOException {
        if (diskName.isPresent()) {
            throw Csvm.invalid("it has more than one disk image");
        }
        checkLength(entry, "disk image");
        checkSpace(entry.getSize());
        diskName = Optional.of(name);
        long total = 0;
        long checked = 0;
        try (DigestedFile file = DigestedFile.create(disk, entry.getSize())) {
            for (int read = file.readFrom(tar); read >= 0; read = file.readFrom(tar)) {
                total += read;
                if (total - checked >= CHECK_SPACE_EVERY) {
                    checked = total;
                    checkSpace(0);
                }
            }
            digest = file.finish();
        }
        if (total != entry.getSize()) {
            throw new EOFException("The archive ends in the disk image");
        }
    }

    private void readState(InputStream tar, TarArchiveEntry entry) throws IOException {
        if (hardware.isPresent()) {
            throw Csvm.invalid("it has more than one saved state");
        }
        checkLength(entry, "saved state");
        hardware = Optional.of(SavedStateHeader.read(tar));
        tar.transferTo(OutputStream.nullOutputStream());
    }

    private void checkLength(TarArchiveEntry entry, String what) {
        if (entry.getSize() > limits.maxDiskBytes()) {
            throw Csvm.invalid("its " + what + " has more than " + limits.maxDiskBytes() + " bytes");
        }
    }

    private void checkSpace(long wanted) {
        if (wanted > limits.spareBytes().getAsLong()) {
            throw full(wanted);
        }
    }

    private static CloudletException full(long wanted) {
        return new CloudletException(
                ErrorCode.STORAGE_FULL,
                "The disk has no room for this package"
                        + (wanted > 0 ? ", whose disk image has " + wanted + " bytes" : "") + "; free some space.");
    }

    private Found found() {
        CsvmDocument read = document.orElseThrow(() -> Csvm.invalid("it has no service.json"));
        String present = diskName.orElseThrow(() -> Csvm.invalid("it has no disk image"));
        String wanted = read.diskImage()
                .orElseThrow(() -> Csvm.invalid("its service.json does not name a disk image as vm_image.disk_image"));
        if (!wanted.substring(wanted.lastIndexOf('/') + 1).equals(present)) {
            throw Csvm.invalid("the disk image that its service.json names is not there");
        }
        return new Found(read, digest, definition, hardware);
    }
}
