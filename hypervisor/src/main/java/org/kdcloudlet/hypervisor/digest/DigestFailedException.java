package org.kdcloudlet.hypervisor.digest;

import java.io.IOException;

/** No digest could be taken, which says nothing about the content: it may be tried again. */
public final class DigestFailedException extends IOException {
    private static final long serialVersionUID = 1;

    /** @param program that was to hash */
    public DigestFailedException(String program, IOException cause) {
        super(program + " ended before it had hashed everything; try again", cause);
    }
}
