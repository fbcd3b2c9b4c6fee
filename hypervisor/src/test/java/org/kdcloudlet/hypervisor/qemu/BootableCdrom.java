package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * The smallest CD-ROM that a PC boots from (El Torito Bootable CD-ROM Format Specification 1.0): its program says so on the first
 * serial port and halts.
 */
final class BootableCdrom {
    private static final int SECTOR = 2048;
    private static final int BOOT_RECORD = 17;
    private static final int CATALOG = 19;
    private static final int PROGRAM = 20;
    private static final String TEXT = "booted from the CD-ROM\r\n\0";
    /**
     * ds = 0, si = the text at 0x7c30; then for each byte until a zero: wait until the port takes one, put it there; then halt.
     */
    private static final String CODE =
            "31c08ed8be307cfc" + "ac84c07412" + "88c4bafd03eca82074fb" + "88e0baf803ee" + "ebe9" + "f4ebfd";

    private static final int TEXT_AT = 0x30;

    private BootableCdrom() {}

    static Path write(Path file) throws IOException {
        ByteBuffer disk = ByteBuffer.allocate((PROGRAM + 12) * SECTOR).order(ByteOrder.LITTLE_ENDIAN);
        descriptor(disk, 16, 1);
        descriptor(disk, BOOT_RECORD, 0);
        put(disk, BOOT_RECORD * SECTOR + 7, "EL TORITO SPECIFICATION");
        disk.putInt(BOOT_RECORD * SECTOR + 71, CATALOG);
        descriptor(disk, 18, 255);
        catalog(disk, CATALOG * SECTOR);
        program(disk, PROGRAM * SECTOR);
        return Files.write(file, disk.array());
    }

    private static void descriptor(ByteBuffer disk, int sector, int type) {
        disk.put(sector * SECTOR, (byte) type);
        put(disk, sector * SECTOR + 1, "CD001\u0001");
    }

    private static void catalog(ByteBuffer disk, int at) {
        disk.put(at, (byte) 1);
        disk.putShort(at + 30, (short) 0xaa55);
        int sum = 0;
        for (int i = 0; i < 32; i += 2) {
            sum += disk.getShort(at + i) & 0xffff;
        }
        disk.putShort(at + 28, (short) -sum);
        disk.put(at + 32, (byte) 0x88);
        disk.putShort(at + 38, (short) 4);
        disk.putInt(at + 40, PROGRAM);
    }

    private static void program(ByteBuffer disk, int at) {
        disk.position(at).put(HexFormat.of().parseHex(CODE));
        put(disk, at + TEXT_AT, TEXT);
    }

    private static void put(ByteBuffer disk, int at, String text) {
        disk.position(at).put(text.getBytes(StandardCharsets.US_ASCII));
    }
}
