package org.kdcloudlet.hypervisor.qemu.probe;

import java.util.Arrays;
import org.kdcloudlet.hypervisor.Bytes;

/** The first 64 KiB of an answer, looked through for expected bytes as it grows. For one thread. */
final class AnswerBuffer {
    private final byte[] expected;
    private final byte[] bytes = new byte[64 * 1024];
    private int length;
    private int searched;

    AnswerBuffer(Bytes expected) {
        this.expected = expected.toArray();
    }

    /** Where to put what comes next, from {@link #length()} on. */
    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    boolean isFull() {
        return length == bytes.length;
    }

    void received(int count) {
        length += count;
    }

    boolean hasExpected() {
        for (; searched + expected.length <= length; searched++) {
            if (Arrays.equals(bytes, searched, searched + expected.length, expected, 0, expected.length)) {
                return true;
            }
        }
        return false;
    }

    ProbeOutcome otherAnswer() {
        return ProbeOutcome.notReady("an answer of " + length + " bytes without the expected ones");
    }
}
