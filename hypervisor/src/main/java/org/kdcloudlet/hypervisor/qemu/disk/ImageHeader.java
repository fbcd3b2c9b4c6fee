package org.kdcloudlet.hypervisor.qemu.disk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.DiskImages.ImageLimits;

/**
 * What an image's header says, after it was checked: nothing outside the file is named, all tables lie within it, and its disk
 * is not larger than allowed.
 *
 * @param virtualBytes size of the disk
 */
record ImageHeader(DiskFormat format, long virtualBytes) {
    /** What is often given for a disk image and is none. */
    private record Lookalike(int offset, byte[] magic, String advice) {
        Lookalike(int offset, String magic, String advice) {
            this(offset, magic.getBytes(StandardCharsets.ISO_8859_1), advice);
        }
    }

    private static final List<Lookalike> LOOKALIKES = List.of(
            new Lookalike(0, "\u001f\u008b", "compressed with gzip; unpack it first"),
            new Lookalike(0, "\u00fd7zXZ", "compressed with xz; unpack it first"),
            new Lookalike(0, "(\u00b5/\u00fd", "compressed with zstd; unpack it first"),
            new Lookalike(0, "BZh", "compressed with bzip2; unpack it first"),
            new Lookalike(0, "PK\u0003\u0004", "a zip archive; unpack it and import the disk image in it"),
            new Lookalike(257, "ustar", "a tar archive (OVA); unpack it and import the disk image in it"),
            new Lookalike(32_769, "CD001", "an ISO of an installation medium; install it to a disk and import that"),
            new Lookalike(0, "vhdxfile", "a VHDX image; convert it with qemu-img convert -O qcow2"),
            new Lookalike(0, "conectix", "a VHD image; convert it with qemu-img convert -O qcow2"),
            new Lookalike(0, "QED\0", "a QED image; convert it with qemu-img convert -O qcow2"),
            new Lookalike(0, "COWD", "an old VMDK image; convert it with qemu-img convert -O qcow2"),
            new Lookalike(
                    0,
                    "# Disk Desc",
                    "a VMDK descriptor that names other files; convert it with qemu-img convert -O qcow2"));

    /**
     * Finds out the format, unless the operator says it, and checks the header.
     *
     * @throws org.kdcloudlet.hypervisor.HypervisorException IMAGE_INVALID, and nothing else, whatever the bytes are
     */
    static ImageHeader check(ImageBytes image, Optional<DiskFormat> said, ImageLimits limits) {
        if (image.length() == 0) {
            throw Refusal.invalid("The image is empty; copy or download it again.");
        }
        if (image.length() > limits.maxFileBytes()) {
            throw Refusal.invalid(
                    "The image has %d bytes, more than the %d that are allowed; make it smaller or raise the limit.",
                    image.length(), limits.maxFileBytes());
        }
        Optional<DiskFormat> found = byMagic(image);
        if (said.isPresent() && !said.equals(found.or(() -> Optional.of(DiskFormat.RAW)))) {
            throw Refusal.invalid(
                    "The image is said to be %s but by its header it is %s; say what it is.",
                    said.get(), found.map(DiskFormat::toString).orElse("of no known format"));
        }
        ImageHeader header = found.isPresent() ? parse(image, found.get()) : raw(image, said.isPresent());
        if (header.virtualBytes() <= 0) {
            throw Refusal.invalid("The image's disk has no size by its header; make the image anew.");
        }
        if (header.virtualBytes() > limits.maxVirtualBytes()) {
            throw Refusal.invalid(
                    "The image's disk has %s bytes by its header, more than the %d that are allowed; make it smaller or raise the"
                            + " limit.",
                    header.virtualBytes(), limits.maxVirtualBytes());
        }
        return header;
    }

    private static ImageHeader parse(ImageBytes image, DiskFormat format) {
        return switch (format) {
            case QCOW2 -> new ImageHeader(format, Qcow2Header.check(image));
            case VMDK -> new ImageHeader(format, VmdkHeader.check(image));
            case VDI -> new ImageHeader(format, VdiHeader.check(image));
            case RAW -> raw(image, true);
        };
    }

    /** The format by its first bytes, if they are of one. */
    static Optional<DiskFormat> byMagic(ImageBytes image) {
        if (startsWith(image, 0, Qcow2Header.MAGIC)) {
            return Optional.of(DiskFormat.QCOW2);
        }
        if (startsWith(image, 0, VmdkHeader.MAGIC)) {
            return Optional.of(DiskFormat.VMDK);
        }
        return startsWith(image, VdiHeader.MAGIC_OFFSET, VdiHeader.MAGIC)
                ? Optional.of(DiskFormat.VDI)
                : Optional.empty();
    }

    private static ImageHeader raw(ImageBytes image, boolean said) {
        for (Lookalike lookalike : LOOKALIKES) {
            if (startsWith(image, lookalike.offset(), lookalike.magic()) && !(said || isBootable(image))) {
                throw Refusal.invalid("The file is %s.", lookalike.advice());
            }
        }
        if (!said && !isBootable(image)) {
            throw Refusal.invalid(
                    "The file is not a disk image: it has no known header and no boot sector; if it is a raw disk"
                            + " nevertheless, give its format.");
        }
        if (image.length() % 512 != 0) {
            throw Refusal.invalid(
                    "The raw image is truncated: its length of %d bytes is not a multiple of 512; copy or download it"
                            + " again.",
                    image.length());
        }
        return new ImageHeader(DiskFormat.RAW, image.length());
    }

    /** Whether there is a boot sector (BIOS) or a partition table of UEFI, with sectors of 512 or 4096 bytes. */
    private static boolean isBootable(ImageBytes image) {
        byte[] table = "EFI PART".getBytes(StandardCharsets.US_ASCII);
        return startsWith(image, 510, new byte[] {0x55, (byte) 0xaa})
                || startsWith(image, 512, table)
                || startsWith(image, 4096, table);
    }

    private static boolean startsWith(ImageBytes image, int offset, byte[] magic) {
        if (image.length() < offset + magic.length) {
            return false;
        }
        ByteBuffer bytes = image.read("header", offset, magic.length, ByteOrder.BIG_ENDIAN);
        return bytes.equals(ByteBuffer.wrap(magic));
    }
}
