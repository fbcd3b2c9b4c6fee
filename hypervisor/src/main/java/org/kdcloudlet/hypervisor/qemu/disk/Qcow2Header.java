package org.kdcloudlet.hypervisor.qemu.disk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The header of a qcow2 image, versions 2 and 3, as QEMU's docs/interop/qcow2.txt describes it. */
final class Qcow2Header {
    static final byte[] MAGIC = {'Q', 'F', 'I', (byte) 0xfb};

    private static final int LENGTH_V2 = 72;
    private static final int LENGTH_V3 = 104;
    private static final int MIN_CLUSTER_BITS = 9;
    private static final int MAX_CLUSTER_BITS = 21;
    private static final int MAX_SNAPSHOTS = 1024;
    private static final long MAX_L1_BYTES = 32L << 20;
    private static final long MAX_REFCOUNT_TABLE_BYTES = 8L << 20;

    private static final long DIRTY = 1;
    private static final long CORRUPT = 1 << 1;
    private static final long EXTERNAL_DATA_FILE = 1 << 2;
    private static final long COMPRESSION_TYPE = 1 << 3;
    private static final long EXTENDED_L2 = 1 << 4;

    private static final int EXTENSION_END = 0;
    private static final int EXTENSION_BACKING_FORMAT = 0xe2792aca;
    private static final int EXTENSION_DATA_FILE = 0x44415441;
    private static final int EXTENSION_ENCRYPTION = 0x0537be77;

    private final ImageBytes image;
    private final int version;
    private final int clusterBits;
    private final long virtualBytes;
    private final long features;
    private final int headerLength;
    private final ByteBuffer header;

    private Qcow2Header(ImageBytes image) {
        this.image = image;
        version = image.read("header", 0, 8, ByteOrder.BIG_ENDIAN).getInt(4);
        if (version != 2 && version != 3) {
            throw Refusal.invalid(
                    "The image is qcow2 of version %s; versions 2 and 3 are understood, convert it with qemu-img.",
                    Integer.toUnsignedString(version));
        }
        header = image.read("header", 0, version == 2 ? LENGTH_V2 : LENGTH_V3, ByteOrder.BIG_ENDIAN);
        clusterBits = header.getInt(20);
        virtualBytes = header.getLong(24);
        features = version == 2 ? 0 : header.getLong(72);
        headerLength = version == 2 ? LENGTH_V2 : header.getInt(100);
    }

    /** Checks all of it and returns the size of the disk, which may be negative. */
    static long check(ImageBytes image) {
        Qcow2Header header = new Qcow2Header(image);
        header.refuseOtherFiles();
        header.checkFeatures();
        header.checkGeometry();
        header.checkExtensions();
        header.checkTables();
        return header.virtualBytes;
    }

    private void refuseOtherFiles() {
        if (header.getLong(8) != 0 || header.getInt(16) != 0) {
            throw backingFile();
        }
        if ((features & EXTERNAL_DATA_FILE) != 0) {
            throw dataFile();
        }
        if (header.getInt(32) != 0) {
            throw encrypted();
        }
    }

    private void checkFeatures() {
        if ((features & CORRUPT) != 0) {
            throw Refusal.invalid(
                    "The image is marked as corrupt; repair it with qemu-img check -r all, or make it anew.");
        }
        if ((features & DIRTY) != 0) {
            throw Refusal.invalid(
                    "The image was not closed properly; end what uses it and run qemu-img check -r all on it.");
        }
        if ((features & ~(COMPRESSION_TYPE | EXTENDED_L2)) != 0) {
            throw Refusal.invalid(
                    "The image uses features of qcow2 that are not understood (0x%x); convert it with qemu-img.",
                    features);
        }
    }

    private void checkGeometry() {
        if (clusterBits < MIN_CLUSTER_BITS || clusterBits > MAX_CLUSTER_BITS) {
            throw damaged("cluster size");
        }
        if (virtualBytes <= 0) {
            throw Refusal.invalid(
                    "The image's disk has no size, or more than any disk, by its header; make the image anew.");
        }
        boolean lengthFits = headerLength >= (version == 2 ? LENGTH_V2 : LENGTH_V3)
                && headerLength <= clusterSize()
                && headerLength % 8 == 0;
        if (!lengthFits || (version == 3 && Integer.compareUnsigned(header.getInt(96), 6) > 0)) {
            throw damaged("header");
        }
    }

    private void checkExtensions() {
        long offset = headerLength;
        while (offset + 8 <= Math.min(clusterSize(), image.length())) {
            ByteBuffer extension = image.read("header extensions", offset, 8, ByteOrder.BIG_ENDIAN);
            int type = extension.getInt();
            long length = Integer.toUnsignedLong(extension.getInt());
            if (type == EXTENSION_END) {
                return;
            }
            if (type == EXTENSION_BACKING_FORMAT) {
                throw backingFile();
            }
            if (type == EXTENSION_DATA_FILE) {
                throw dataFile();
            }
            if (type == EXTENSION_ENCRYPTION) {
                throw encrypted();
            }
            offset += 8 + (length + 7) / 8 * 8;
        }
        if (offset > clusterSize()) {
            throw damaged("header extensions");
        }
    }

    private void checkTables() {
        long tableEntries = clusterSize() / ((features & EXTENDED_L2) != 0 ? 16 : 8);
        long bytesPerTable = clusterSize() * tableEntries;
        long needed = (virtualBytes - 1) / bytesPerTable + 1;
        long entries = Integer.toUnsignedLong(header.getInt(36));
        if (entries < needed || entries * 8 > MAX_L1_BYTES) {
            throw damaged("cluster table");
        }
        checkTable("cluster table", header.getLong(40), entries * 8);
        long refcountBytes = Integer.toUnsignedLong(header.getInt(56)) << clusterBits;
        if (refcountBytes == 0 || refcountBytes > MAX_REFCOUNT_TABLE_BYTES) {
            throw damaged("reference count table");
        }
        checkTable("reference count table", header.getLong(48), refcountBytes);
        int snapshots = header.getInt(60);
        if (snapshots < 0 || snapshots > MAX_SNAPSHOTS) {
            throw Refusal.invalid(
                    "The image has more than %d snapshots; remove them with qemu-img snapshot -d.", MAX_SNAPSHOTS);
        }
        if (snapshots > 0) {
            checkTable("snapshot table", header.getLong(64), snapshots * 40L);
        }
    }

    private void checkTable(String what, long offset, long bytes) {
        if (offset <= 0 || offset % clusterSize() != 0) {
            throw damaged(what);
        }
        image.requireWithin(what, offset, bytes);
    }

    private long clusterSize() {
        return 1L << clusterBits;
    }

    private static RuntimeException damaged(String what) {
        return Refusal.invalid("The image is damaged: its %s cannot be right; copy or download it again.", what);
    }

    private static RuntimeException backingFile() {
        return Refusal.invalid(
                "The image has a backing file, so that it is only part of a disk; make it whole with qemu-img convert -O qcow2.");
    }

    private static RuntimeException dataFile() {
        return Refusal.invalid(
                "The image keeps its data in another file; make it whole with qemu-img convert -O qcow2.");
    }

    private static RuntimeException encrypted() {
        return Refusal.invalid("The image is encrypted; decrypt it with qemu-img convert.");
    }
}
