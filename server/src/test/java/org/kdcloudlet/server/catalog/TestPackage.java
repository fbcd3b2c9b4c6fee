package org.kdcloudlet.server.catalog;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Makes packages as the reference system makes them (spec/csvm.md), and as nobody should. */
public final class TestPackage {
    public static final String DOCUMENT = """
            {"service_id": "org.example.speech", "vm_image": {"disk_image": "x.qcow2", "state_image": "x.qcow2.lqs"},
             "description": "Speech caf\u00e9", "version": "1", "tags": ["a"], "port": "9001", "num_users": 0,
             "min_memory": "", "ideal_memory": 512}""";

    static final String DOMAIN = """
            <domain type='qemu'><name>x</name><memory unit='MiB'>768</memory><currentMemory>1</currentMemory><vcpu>3</vcpu>
            <os><type arch='x86_64'>hvm</type></os>
            <devices><disk type='file' device='cdrom'><target dev='hdc' bus='sata'/></disk>
            <disk type='file' device='disk'><target dev='hda' bus='ide'/></disk>
            <interface type='user'><model type='rtl8139'/></interface></devices></domain>""";

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8");

    /** A whole package. */
    public static byte[] whole(String document, byte[] disk, byte[] state) {
        return new TestPackage()
                .member("x.qcow2", disk)
                .member("x.qcow2.lqs", state)
                .member("service.json", document.getBytes(StandardCharsets.UTF_8))
                .tar();
    }

    TestPackage() {
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    }

    TestPackage member(String name, byte[] content) {
        return member(name, TarConstants.LF_NORMAL, content);
    }

    TestPackage member(String name, byte type, byte[] content) {
        try {
            TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
            entry.setSize(content.length);
            if (type == TarConstants.LF_SYMLINK || type == TarConstants.LF_LINK) {
                entry.setLinkName("/etc/passwd");
            }
            tar.putArchiveEntry(entry);
            tar.write(content);
            tar.closeArchiveEntry();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte[] tar() {
        try {
            tar.close();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    /** A saved state of libvirt with this description. */
    static byte[] state(String xml, ByteOrder order) {
        byte[] text = xml.getBytes(StandardCharsets.UTF_8);
        int padded = text.length + 37;
        ByteBuffer state = ByteBuffer.allocate(16 + 19 * 4 + padded + 1000).order(order);
        state.put("LibvirtQemudSave".getBytes(StandardCharsets.US_ASCII));
        state.putInt(2).putInt(padded).putInt(1).putInt(0).putInt(7);
        state.position(16 + 19 * 4);
        state.put(text);
        return state.array();
    }
}
