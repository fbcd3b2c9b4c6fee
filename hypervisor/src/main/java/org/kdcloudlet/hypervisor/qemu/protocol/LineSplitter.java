package org.kdcloudlet.hypervisor.qemu.protocol;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Cuts a stream of bytes into lines that end with a newline. A line past the limit is dropped and an error, so memory is bounded. */
final class LineSplitter {
    private final int maxLength;
    private byte[] partial = new byte[0];

    LineSplitter(int maxLength) {
        this.maxLength = maxLength;
    }

    /** Takes everything that the buffer has, and returns the lines that are complete now, without their newlines. */
    List<byte[]> take(ByteBuffer bytes) throws IOException {
        byte[] all = Arrays.copyOf(partial, partial.length + bytes.remaining());
        int from = partial.length;
        bytes.get(all, from, bytes.remaining());
        List<byte[]> lines = new ArrayList<>();
        int start = 0;
        for (int i = from; i < all.length; i++) {
            if (all[i] == '\n') {
                lines.add(Arrays.copyOfRange(all, start, i));
                start = i + 1;
            }
        }
        partial = Arrays.copyOfRange(all, start, all.length);
        if (partial.length > maxLength) {
            partial = new byte[0];
            throw new IOException("A line is longer than " + maxLength + " bytes");
        }
        return lines;
    }
}
