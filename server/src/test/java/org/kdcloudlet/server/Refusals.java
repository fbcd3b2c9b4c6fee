package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** What is expected of errors. */
public final class Refusals {
    private Refusals() {}

    /** Checks that a call is refused with this code, and returns the error. */
    public static CloudletException refused(ErrorCode code, ThrowingCallable call) {
        CloudletException error = catchThrowableOfType(CloudletException.class, call);
        assertThat(error).as("an error " + code).isNotNull();
        assertThat(error.code()).as(error.getMessage()).isEqualTo(code);
        assertThat(error.getMessage()).isNotBlank();
        return error;
    }
}
