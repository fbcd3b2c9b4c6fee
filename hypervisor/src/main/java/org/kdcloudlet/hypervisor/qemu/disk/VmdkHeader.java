package org.kdcloudlet.hypervisor.qemu.disk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The header of a VMDK image that is one file ("hosted sparse extent"): its embedded descriptor may name that one extent and
 * no parent.
 */
final class VmdkHeader {
    static final byte[] MAGIC = {'K', 'D', 'M', 'V'};

    private static final int HEADER = 512;
    private static final int SECTOR = 512;
    private static final long MAX_SECTORS = 1L << 46;
    private static final long MAX_DESCRIPTOR_SECTORS = 128;
    private static final long AT_END = -1;
    private static final Set<String> TYPES = Set.of("monolithicSparse", "streamOptimized");

    private VmdkHeader() {}

    /** Checks all of it and returns the size of the disk. */
    static long check(ImageBytes image) {
        ByteBuffer header = image.read("header", 0, HEADER, ByteOrder.LITTLE_ENDIAN);
        int version = header.getInt(4);
        long capacity = header.getLong(12);
        long grain = header.getLong(20);
        long descriptorAt = header.getLong(28);
        long descriptorSectors = header.getLong(36);
        long directoryAt = header.getLong(56);
        if (version < 1 || version > 3) {
            throw Refusal.invalid(
                    "The image is VMDK of an unknown version; convert it with qemu-img convert -O qcow2.");
        }
        // Without a capacity QEMU would open whatever the descriptor names.
        if (capacity <= 0 || capacity > MAX_SECTORS || Long.bitCount(grain) != 1 || grain < 8 || grain > 1 << 16) {
            throw damaged("header");
        }
        if (descriptorAt <= 0
                || descriptorAt > MAX_SECTORS
                || descriptorSectors < 1
                || descriptorSectors > MAX_DESCRIPTOR_SECTORS) {
            throw damaged("descriptor");
        }
        if (directoryAt != AT_END) {
            if (directoryAt <= 0 || directoryAt > MAX_SECTORS) {
                throw damaged("grain directory");
            }
            image.requireWithin("grain directory", directoryAt * SECTOR, SECTOR);
        }
        ByteBuffer descriptor =
                image.read("descriptor", descriptorAt * SECTOR, descriptorSectors * SECTOR, ByteOrder.LITTLE_ENDIAN);
        checkDescriptor(StandardCharsets.ISO_8859_1.decode(descriptor).toString());
        return capacity * SECTOR;
    }

    private static void checkDescriptor(String padded) {
        int end = padded.indexOf('\0');
        List<String> lines = (end < 0 ? padded : padded.substring(0, end))
                .lines()
                .map(String::strip)
                .toList();
        if (!TYPES.contains(value(lines, "createType"))) {
            throw Refusal.invalid(
                    "The VMDK image consists of several files or uses a disk of its host; convert it with qemu-img convert -O qcow2.");
        }
        boolean parent = !value(lines, "parentCID").equalsIgnoreCase("ffffffff")
                || lines.stream().anyMatch(line -> line.toLowerCase(Locale.ROOT).contains("parentfilenamehint"));
        if (parent) {
            throw Refusal.invalid(
                    "The VMDK image is a snapshot that needs another file; convert the whole disk with qemu-img convert"
                            + " -O qcow2.");
        }
        List<String> extents = lines.stream()
                .filter(line -> line.matches("(?i)(RW|RDONLY|NOACCESS)\\s.*"))
                .toList();
        if (extents.size() != 1 || !extents.get(0).matches("RW \\d{1,15} SPARSE \"[^\"/]{1,255}\"( \\d{1,15})?")) {
            throw Refusal.invalid("The VMDK image names other files; convert it with qemu-img convert -O qcow2.");
        }
    }

    private static String value(List<String> lines, String key) {
        List<String> values = lines.stream()
                .filter(line -> line.matches("(?i)" + key + "\\s*=.*"))
                .map(line -> line.substring(line.indexOf('=') + 1).strip().replace("\"", ""))
                .toList();
        if (values.size() != 1) {
            throw damaged("descriptor");
        }
        return values.get(0);
    }

    private static RuntimeException damaged(String what) {
        return Refusal.invalid("The VMDK image is damaged: its %s cannot be right; copy or download it again.", what);
    }
}
