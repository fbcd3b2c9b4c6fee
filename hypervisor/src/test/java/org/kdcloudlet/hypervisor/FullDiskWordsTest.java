package org.kdcloudlet.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;

/** What is taken for a full disk, and what is not. */
class FullDiskWordsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "No space left on device",
                "Disk quota exceeded",
                "qemu-img: vm/disk.qcow2: Could not resize file: No space left on device",
                "tar: disk.qcow2: Cannot write: Disk quota exceeded",
                "No space left"
            })
    void thatNoRoomIsLeftIsSaidInTheseWords(String words) {
        assertThat(FullDisk.isIn(words)).isTrue();
        assertThat(FullDisk.causes(new IOException(words))).isTrue();
        FileSystemException ofFile = new FileSystemException("/data/disk", null, words);
        assertThat(FullDisk.causes(ofFile)).isTrue();
        assertThat(Failures.of("Could not write", ofFile).error()).isEqualTo(HypervisorError.NO_SPACE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Permission denied", "File too large", "Input/output error", "null"})
    void everythingElseIsNot(String words) {
        assertThat(FullDisk.isIn(words)).isFalse();
        assertThat(Failures.of("Could not write", new IOException(words)).error())
                .isEqualTo(HypervisorError.FAILED);
    }

    @Test
    void aFailureWithoutAMessageIsNot() {
        assertThat(FullDisk.causes(new IOException())).isFalse();
    }
}
