package org.kdcloudlet.server.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.kdcloudlet.hypervisor.digest.DigestFailedException;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** What failed on this host is not said of the archive. */
class HostFailureTest {
    private static final CloudletException FULL = new CloudletException(ErrorCode.STORAGE_FULL, "The disk is full.");

    @Test
    void aFullDiskIsWhatItsReaderSays() {
        assertThatThrownBy(() -> HostFailure.throwIfAny(new IOException("No space left on device"), () -> FULL))
                .isSameAs(FULL);
    }

    @Test
    void whatCouldNotBeHashedIsNotDamaged() {
        IOException ended = new DigestFailedException("sha256sum", new IOException("Broken pipe"));
        assertThatThrownBy(() -> HostFailure.throwIfAny(ended, () -> FULL))
                .isInstanceOfSatisfying(CloudletException.class, failure -> assertThat(failure.code())
                        .isEqualTo(ErrorCode.STORAGE_UNUSABLE))
                .hasMessage("sha256sum ended before it had hashed everything; try again.")
                .hasCause(ended);
    }

    @Test
    void whatIsWrongWithTheArchiveIsLeftToItsReader() {
        HostFailure.throwIfAny(new EOFException("The archive ends"), () -> FULL);
    }
}
