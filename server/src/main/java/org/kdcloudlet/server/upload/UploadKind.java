package org.kdcloudlet.server.upload;

import org.kdcloudlet.server.error.ErrorCode;

/** What is uploaded. */
public enum UploadKind {
    IMAGE("An image", ErrorCode.IMAGE_INVALID),
    PACKAGE("A packaged service", ErrorCode.PACKAGE_INVALID),
    TEMPLATE("A template", ErrorCode.PACKAGE_INVALID),
    APP("The package of an app", ErrorCode.APP_INVALID),
    BACKUP("A backup", ErrorCode.BACKUP_INVALID);

    private final String title;
    private final ErrorCode code;

    UploadKind(String title, ErrorCode code) {
        this.title = title;
        this.code = code;
    }

    /** As the beginning of a sentence. */
    public String title() {
        return title;
    }

    /** What a file of this kind is refused with. */
    public ErrorCode code() {
        return code;
    }
}
