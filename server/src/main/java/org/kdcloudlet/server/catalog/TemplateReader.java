package org.kdcloudlet.server.catalog;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.function.LongSupplier;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.kdcloudlet.hypervisor.CarriedTemplate;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.hypervisor.digest.DigestedFile;
import org.kdcloudlet.server.archive.CountedInputStream;
import org.kdcloudlet.server.archive.HostFailure;
import org.kdcloudlet.server.archive.TarMembers;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/**
 * Reads a template that was carried here, in one pass: first the manifest, which somebody has to have sealed whose key is here, then
 * exactly the files that it names, in its order, each with the length and digest that it says. Of what is not sealed nothing is looked
 * at but the headers of the archive. Memory does not grow with it.
 */
final class TemplateReader {
    private static final int BUFFER = 256 * 1024;
    private static final int SEAL_BYTES = 64;

    /**
     * What it has to be a template of.
     *
     * @param key that a template made here would have
     * @param image SHA-256 of the disk image, lowercase hex
     * @param host what it would be made on, for people
     * @param spareBytes how much may still be written to the disk
     */
    record Wanted(TemplateKey key, String image, MachineSpec spec, String host, LongSupplier spareBytes) {}

    private final ExportKeys keys;
    private final Wanted wanted;
    private final Path folder;
    private final Reverter undo;
    private final Map<String, Path> files = new LinkedHashMap<>();

    private TemplateReader(ExportKeys keys, Wanted wanted, Path folder, Reverter undo) {
        this.keys = keys;
        this.wanted = wanted;
        this.folder = folder;
        this.undo = undo;
    }

    /**
     * Unpacks a template.
     *
     * @param folder where its files go, under names of their own; nothing is left there but what is returned
     * @throws CloudletException PACKAGE_INVALID or STORAGE_FULL, with why it is not used as the end of a sentence
     */
    static CarriedTemplate read(Path file, ExportKeys keys, Wanted wanted, Path folder, Progress progress) {
        try (Reverter undo = new Reverter();
                FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
                ZstdInputStream plain = new ZstdInputStream(
                        new CountedInputStream(Channels.newInputStream(channel), channel.size(), progress))) {
            TemplateReader reader = new TemplateReader(keys, wanted, folder, undo);
            CarriedTemplate read = reader.readAll(new BufferedInputStream(plain, BUFFER));
            undo.commit();
            return read;
        } catch (CloudletException | CancellationException e) {
            throw e;
        } catch (IOException e) {
            HostFailure.throwIfAny(e, TemplateReader::full);
            throw TemplateManifest.invalid("it is damaged or not all of it is there");
        } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException | ArithmeticException e) {
            // What the archive library throws for headers that contradict themselves.
            throw TemplateManifest.invalid("its archive is damaged");
        }
    }

    private static CloudletException full() {
        return new CloudletException(ErrorCode.STORAGE_FULL, "the disk has no room for it");
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw TemplateManifest.invalid(otherwise);
        }
    }

    private CarriedTemplate readAll(InputStream plain) throws IOException {
        TarMembers members = new TarMembers(plain, TemplateManifest.MAX_MEMBERS + 2, TemplateManifest::invalid);
        TemplateManifest manifest = manifest(members);
        requireFits(manifest);
        for (TemplateManifest.Member member : manifest.members()) {
            Optional<TarArchiveEntry> entry = members.next();
            boolean asNamed = entry.isPresent()
                    && members.name().equals(member.name())
                    && entry.get().getSize() == member.bytes();
            require(asNamed, "it has other files than its manifest names");
            unpack(members.content(), member);
        }
        require(members.next().isEmpty(), "it has other files than its manifest names");
        members.end();
        return new CarriedTemplate(manifest.key(), wanted.spec(), manifest.description(), files);
    }

    private TemplateManifest manifest(TarMembers members) throws IOException {
        byte[] text = small(members, TemplateManifest.NAME, TemplateManifest.MAX_BYTES);
        byte[] seal = small(members, TemplateManifest.SEAL, SEAL_BYTES);
        require(
                keys.holds(text, new String(seal, StandardCharsets.US_ASCII)),
                "neither this cloudlet has made it nor one whose key is here, or it was changed since");
        return TemplateManifest.parse(text);
    }

    private static byte[] small(TarMembers members, String name, int maxBytes) throws IOException {
        Optional<TarArchiveEntry> entry = members.next();
        boolean asExpected =
                entry.isPresent() && members.name().equals(name) && entry.get().getSize() <= maxBytes;
        require(asExpected, "it does not begin with a manifest");
        byte[] content = members.content().readNBytes(maxBytes);
        if (content.length != entry.get().getSize()) {
            throw new EOFException("The archive ends in " + name);
        }
        return content;
    }

    private void requireFits(TemplateManifest manifest) {
        require(manifest.image().equals(wanted.image()), "it is of another disk image");
        if (!manifest.key().equals(wanted.key())) {
            throw TemplateManifest.invalid(
                    manifest.host().equals(wanted.host())
                            ? "it was made for other hardware, or on a host with another CPU, firmware or build of "
                                    + wanted.host()
                            : "it was made on " + printable(manifest.host()) + ", and here is " + wanted.host());
        }
        if (manifest.bytes() > wanted.spareBytes().getAsLong()) {
            throw full();
        }
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }

    private void unpack(InputStream in, TemplateManifest.Member member) throws IOException {
        Path file = folder.resolve(UUID.randomUUID() + TemplateManifest.SUFFIX);
        undo.add("remove " + file, () -> Files.deleteIfExists(file));
        long length = 0;
        String sha256;
        try (DigestedFile unpacked = DigestedFile.create(file, member.bytes())) {
            for (int read = unpacked.readFrom(in); read >= 0; read = unpacked.readFrom(in)) {
                length += read;
            }
            sha256 = unpacked.finish();
        }
        if (length != member.bytes()) {
            throw new EOFException("The archive ends in " + member.name());
        }
        require(sha256.equals(member.sha256()), "its file " + member.name() + " is not what its manifest says");
        files.put(member.name(), file);
    }
}
