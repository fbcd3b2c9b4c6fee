package org.kdcloudlet.hypervisor.qemu.disk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The header of a VirtualBox image (VDI) of version 1.1. */
final class VdiHeader {
    static final int MAGIC_OFFSET = 64;
    static final byte[] MAGIC = {0x7f, 0x10, (byte) 0xda, (byte) 0xbe};

    private static final int HEADER = 512;
    private static final int VERSION_1_1 = 0x0001_0001;
    private static final int DYNAMIC = 1;
    private static final int STATIC = 2;
    private static final int BLOCK = 1 << 20;
    private static final int LINK_UUID = 424;
    private static final int PARENT_UUID = 440;

    private VdiHeader() {}

    /** Checks all of it and returns the size of the disk. */
    static long check(ImageBytes image) {
        ByteBuffer header = image.read("header", 0, HEADER, ByteOrder.LITTLE_ENDIAN);
        int type = header.getInt(76);
        long mapAt = Integer.toUnsignedLong(header.getInt(340));
        long dataAt = Integer.toUnsignedLong(header.getInt(344));
        long virtualBytes = header.getLong(368);
        long blocks = Integer.toUnsignedLong(header.getInt(384));
        long allocated = Integer.toUnsignedLong(header.getInt(388));
        if (header.getInt(68) != VERSION_1_1 || header.getInt(360) != 512 || header.getInt(376) != BLOCK) {
            throw Refusal.invalid("The VDI image is of an unknown version; convert it with qemu-img convert -O qcow2.");
        }
        if ((type != DYNAMIC && type != STATIC) || !isZero(header, LINK_UUID) || !isZero(header, PARENT_UUID)) {
            throw Refusal.invalid(
                    "The VDI image is a difference to another one; clone the whole disk in VirtualBox first.");
        }
        boolean sizesFit = virtualBytes > 0
                && virtualBytes <= blocks * BLOCK
                && allocated <= blocks
                && mapAt >= HEADER
                && mapAt % 512 == 0
                && dataAt % 512 == 0
                && mapAt + blocks * 4 <= dataAt;
        if (!sizesFit) {
            throw Refusal.invalid("The VDI image is damaged: its header cannot be right; copy or download it again.");
        }
        image.requireWithin("block map", mapAt, blocks * 4);
        image.requireWithin("last block", dataAt, allocated * BLOCK);
        return virtualBytes;
    }

    private static boolean isZero(ByteBuffer header, int uuid) {
        return header.getLong(uuid) == 0 && header.getLong(uuid + 8) == 0;
    }
}
