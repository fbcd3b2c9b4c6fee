package org.kdcloudlet.server.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.xml.stream.XMLStreamException;

/**
 * The beginning of libvirt's QEMU save file ({@code .lqs}, spec/csvm.md). The saved state itself seldom fits another host and
 * is not used; the description of the guest in front of it says what hardware the guest had.
 */
final class SavedStateHeader {
    private static final byte[] MAGIC = "LibvirtQemudSave".getBytes(StandardCharsets.US_ASCII);
    private static final int WORDS = 19;
    private static final int VERSION = 2;
    private static final int MAX_XML = 1 << 20;

    private SavedStateHeader() {}

    /** Reads the hardware; when there is nothing to read it from, it is the reference's, with a note that says so. */
    static GuestHardware read(InputStream in) throws IOException {
        byte[] magic = in.readNBytes(MAGIC.length);
        if (magic.length == 0) {
            return GuestHardware.ofTheReference();
        }
        byte[] words = in.readNBytes(WORDS * Integer.BYTES);
        if (!Arrays.equals(magic, MAGIC) || words.length < WORDS * Integer.BYTES) {
            return GuestHardware.ofTheReference(
                    "Its saved state is not one of libvirt, so the usual hardware is assumed.");
        }
        ByteBuffer header = ByteBuffer.wrap(words).order(ByteOrder.LITTLE_ENDIAN);
        if (header.getInt(0) != VERSION) {
            header.order(ByteOrder.BIG_ENDIAN);
        }
        int length = header.getInt(Integer.BYTES);
        if (header.getInt(0) != VERSION || length < 0 || length > MAX_XML) {
            return GuestHardware.ofTheReference(
                    "Its saved state has a header that is not known, so the usual hardware is assumed.");
        }
        byte[] xml = in.readNBytes(length);
        int end = xml.length;
        while (end > 0 && xml[end - 1] == 0) {
            end--;
        }
        try {
            return DomainXml.read(Arrays.copyOf(xml, end));
        } catch (XMLStreamException e) {
            return GuestHardware.ofTheReference(
                    "The description in its saved state cannot be read, so the usual hardware is assumed.");
        }
    }
}
