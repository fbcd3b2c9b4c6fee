package org.kdcloudlet.server.catalog;

import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** The form of a package (spec/csvm.md): a tar archive with a disk image, a saved state and a document at its root. */
final class Csvm {
    static final String DOCUMENT = "service.json";
    static final String DISK = ".qcow2";
    static final String STATE = ".lqs";
    static final String SUFFIX = ".csvm";
    /** Record of a PAX header (POSIX pax, vendor keyword) that holds what the document has no place for. */
    static final String DEFINITION = "KDCLOUDLET.definition";

    private Csvm() {}

    /** @param why as the end of a sentence */
    static CloudletException invalid(String why) {
        return new CloudletException(
                ErrorCode.PACKAGE_INVALID,
                "This is not a packaged service that can be imported: " + why + ". Export it again, or use another.");
    }
}
