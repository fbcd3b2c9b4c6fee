package org.kdcloudlet.server.catalog;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.kdcloudlet.hypervisor.HypervisorStatus;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.hypervisor.TemplateFiles;
import org.kdcloudlet.hypervisor.digest.ContentDigest;
import org.kdcloudlet.server.archive.PackedTarWriter;

/**
 * A template about to be written as a file: a tar archive of the manifest, what authenticates it, and the files that it names, packed
 * by Zstandard (RFC 8878). The files are read twice, since the manifest comes first: whoever reads it can refuse all that follows
 * before any of it was unpacked.
 */
final class TemplateExport implements Packages.Export {
    private static final int BUFFER = 256 * 1024;
    /** Most of a guest's memory is zeros or text; more costs much time for little. */
    private static final int LEVEL = 1;

    private final String fileName;
    private final TemplateFiles files;
    private final TemplateManifest manifest;
    private final byte[] text;
    private final String seal;
    private final Instant made;
    private final Progress progress;

    private TemplateExport(
            String fileName,
            TemplateFiles files,
            TemplateManifest manifest,
            ExportKeys keys,
            Instant made,
            Progress progress)
            throws IOException {
        this.fileName = fileName;
        this.files = files;
        this.manifest = manifest;
        this.text = manifest.write();
        this.seal = keys.seal(text);
        this.made = made;
        this.progress = progress;
    }

    /**
     * What it is made of.
     *
     * @param fileName a name for the file
     * @param host what it was made on
     * @param files opened; closed with the export, or when there is none
     * @param made when it is exported
     */
    record Source(String fileName, HypervisorStatus host, Template template, TemplateFiles files, Instant made) {}

    /** Reads all of it once, and makes sure that it is what was frozen. */
    static TemplateExport open(Source source, ExportKeys keys, Progress progress) throws IOException {
        TemplateFiles files = source.files();
        try (Reverter undo = new Reverter()) {
            undo.add("close the template", files::close);
            long total = 2 * length(files);
            long done = 0;
            List<TemplateManifest.Member> members = new ArrayList<>();
            for (TemplateFiles.Content file : files.contents()) {
                long before = done;
                try (ContentDigest sha256 = ContentDigest.of(file.content().size())) {
                    long bytes = read(file.content(), sha256::update, read -> progress.report(before + read, total));
                    members.add(new TemplateManifest.Member(file.name(), bytes, sha256.finish()));
                    done += bytes;
                }
            }
            files.requireUnchanged();
            TemplateManifest manifest = new TemplateManifest(
                    source.template().key(),
                    source.template().image(),
                    host(source.host()),
                    files.description(),
                    members);
            TemplateExport export =
                    new TemplateExport(source.fileName(), files, manifest, keys, source.made(), progress);
            undo.commit();
            return export;
        }
    }

    /** What a template was made on, for people. */
    static String host(HypervisorStatus host) {
        return host.name() + " " + host.version() + " (" + host.accelerator() + ")";
    }

    private static long length(TemplateFiles files) throws IOException {
        long total = 0;
        for (TemplateFiles.Content file : files.contents()) {
            total += file.content().size();
        }
        return total;
    }

    @FunctionalInterface
    private interface Sink {
        void take(byte[] bytes, int length) throws IOException;
    }

    @FunctionalInterface
    private interface Told {
        void of(long read);
    }

    private static long read(FileChannel file, Sink sink, Told told) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long done = 0;
        for (int read = file.read(ByteBuffer.wrap(buffer), 0); read > 0; ) {
            sink.take(buffer, read);
            done += read;
            told.of(done);
            read = file.read(ByteBuffer.wrap(buffer), done);
        }
        return done;
    }

    @Override
    public String fileName() {
        return fileName;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        OutputStream open = new BufferedOutputStream(out, BUFFER) {
            @Override
            public void close() throws IOException {
                flush(); // the end of the archive is not the end of whatever it is written to
            }
        };
        PackedTarWriter tar = new PackedTarWriter(open, LEVEL, made);
        tar.put(TemplateManifest.NAME, text);
        tar.put(TemplateManifest.SEAL, seal.getBytes(StandardCharsets.US_ASCII));
        long total = manifest.bytes();
        long done = total;
        for (int i = 0; i < manifest.members().size(); i++) {
            TemplateManifest.Member member = manifest.members().get(i);
            long before = done;
            copy(
                    files.contents().get(i).content(),
                    member,
                    tar.begin(member.name(), member.bytes()),
                    read -> progress.report(before + read, 2 * total));
            tar.end();
            done += member.bytes();
        }
        tar.finish();
    }

    private static void copy(FileChannel file, TemplateManifest.Member member, OutputStream out, Told told)
            throws IOException {
        try (ContentDigest sha256 = ContentDigest.of(member.bytes())) {
            read(
                    file,
                    (bytes, length) -> {
                        sha256.update(bytes, length);
                        out.write(bytes, 0, length);
                    },
                    told);
            if (!sha256.finish().equals(member.sha256())) {
                throw new IOException("The template changed while it was read");
            }
        }
    }

    @Override
    public void close() {
        files.close();
    }
}
