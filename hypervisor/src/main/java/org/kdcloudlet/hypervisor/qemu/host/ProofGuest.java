package org.kdcloudlet.hypervisor.qemu.host;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * The smallest guest that does what real ones do: a boot sector that goes from real mode to protected mode to long mode with
 * paging, writes 4 MiB of memory 128 times, leaves to the hypervisor each time (CPUID), reads the memory back and says by QEMU's
 * device {@code isa-debug-exit} whether it was right. Half a second under TCG; a fraction of that under a KVM that works. What
 * only loads and exits proves nothing: it runs where kernels hang.
 *
 * <p>It is loaded at 0x7c00. Memory it uses: page tables at 0x1000 to 0x3fff, data at 4 MiB to 8 MiB; it needs 16 MiB.
 */
final class ProofGuest {
    /** I/O port of isa-debug-exit that the guest writes to. */
    static final int EXIT_PORT = 0xf4;
    /** QEMU's exit status after the guest found everything right: isa-debug-exit makes it twice the written byte and one. */
    static final int EXIT_STATUS_RIGHT = 0x2a << 1 | 1;
    /** The same after the guest read back something else than it wrote. */
    static final int EXIT_STATUS_WRONG = 0x13 << 1 | 1;

    private static final String[] REAL_MODE = {
        "fa", //                   cli
        "31c0", //                 xor  ax, ax
        "8ed8 8ec0 8ed0", //       mov  ds, ax / mov es, ax / mov ss, ax
        "bc007c", //               mov  sp, 0x7c00
        "fc", //                   cld
        "e492 0c02 e692", //       in al, 0x92 / or al, 2 / out 0x92, al      address line 20 on
        "6631c0", //               xor  eax, eax
        "bf0010 b9000c 66f3ab", // mov di, 0x1000 / mov cx, 0xc00 / rep stosd  12 KiB of page tables, empty
        "c70600100320", //         mov  word [0x1000], 0x2003                  PML4[0] -> PDPT, present, writable
        "c70600200330", //         mov  word [0x2000], 0x3003                  PDPT[0] -> page directory
        "bf0030", //               mov  di, 0x3000
        "66b883000000", //         mov  eax, 0x83                              2 MiB page, present, writable
        "b90800", //               mov  cx, 8                                  16 MiB, mapped to themselves
        "668905", //         next: mov  [di], eax
        "660500002000", //         add  eax, 0x200000
        "83c708", //               add  di, 8
        "e2f2", //                 loop next
        "0f0116007d", //           lgdt [0x7d00]
        "0f20c0 0c01 0f22c0", //   mov eax, cr0 / or al, 1 / mov cr0, eax      protected mode
        "ea577c0800" //            jmp  0x08:0x7c57
    };

    private static final String[] PROTECTED_MODE = {
        "66b81000 8ed8 8ec0 8ed0", //           mov ax, 0x10 / mov ds, ax / mov es, ax / mov ss, ax
        "0f20e0 0c20 0f22e0", //                mov eax, cr4 / or al, 0x20 / mov cr4, eax    CR4.PAE
        "b800100000 0f22d8", //                 mov eax, 0x1000 / mov cr3, eax               the page tables
        "b9800000c0 0f32 80cc01 0f30", //       mov ecx, 0xc0000080 / rdmsr / or ah, 1 / wrmsr   EFER.LME
        "0f20c0 0d00000080 0f22c0", //          mov eax, cr0 / or eax, 0x80000000 / mov cr0, eax paging on
        "ea8f7c00001800" //                     jmp 0x18:0x7c8f
    };

    private static final String[] LONG_MODE = {
        "be80000000", //           mov  esi, 128
        "31c0 0fa2", //     round: xor eax, eax / cpuid                        leaves to the hypervisor
        "b900000800", //           mov  ecx, 0x80000                           n quadwords: 4 MiB
        "bf00004000", //           mov  edi, 0x400000
        "8d0431", //        store: lea  eax, [rcx + rsi]
        "488944cff8", //           mov  [rdi + rcx * 8 - 8], rax
        "ffc9 75f4", //            dec ecx / jnz store
        "ffce 75e2", //            dec esi / jnz round
        "b900000800", //           mov  ecx, 0x80000
        "31d2", //                 xor  edx, edx
        "480354cff8", //      sum: add  rdx, [rdi + rcx * 8 - 8]
        "ffc9 75f7", //            dec ecx / jnz sum
        "48b800000c0020000000", // mov  rax, 0x20000c0000                      n (n + 1) / 2 + n: the last round wrote k
        // + 1
        "4839c2", //               cmp  rdx, rax
        "b013", //                 mov  al, 0x13                               wrong
        "7502", //                 jne  exit
        "b02a", //                 mov  al, 0x2a                               right
        "e6f4", //           exit: out  0xf4, al
        "f4 ebfd" //         hang: hlt / jmp hang                              isa-debug-exit does not return
    };

    private static final int SECTOR = 512;
    private static final int LOADED_AT = 0x7c00;
    private static final int DESCRIPTORS = 0xe0;
    private static final int DESCRIPTOR_REGISTER = 0x100;

    private ProofGuest() {}

    /** The boot sector, 512 bytes. */
    static byte[] bootSector() {
        ByteBuffer sector = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
        put(sector, REAL_MODE);
        put(sector, PROTECTED_MODE);
        put(sector, LONG_MODE);
        sector.position(DESCRIPTORS);
        sector.putLong(0);
        sector.putLong(0x00cf9a000000ffffL); // 0x08: 32-bit code, 4 GiB
        sector.putLong(0x00cf92000000ffffL); // 0x10: data, 4 GiB
        sector.putLong(0x00af9a000000ffffL); // 0x18: 64-bit code
        sector.position(DESCRIPTOR_REGISTER);
        sector.putShort((short) (4 * Long.BYTES - 1));
        sector.putInt(LOADED_AT + DESCRIPTORS);
        sector.position(SECTOR - 2);
        sector.putShort((short) 0xaa55);
        return sector.array();
    }

    private static void put(ByteBuffer sector, String[] instructions) {
        for (String instruction : instructions) {
            sector.put(HexFormat.of().parseHex(instruction.replace(" ", "")));
        }
    }
}
