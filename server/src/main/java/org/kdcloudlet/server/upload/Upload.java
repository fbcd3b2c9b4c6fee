package org.kdcloudlet.server.upload;

import java.time.Instant;

/**
 * An upload, as it is at a moment.
 *
 * @param id of letters, digits and {@code -}
 * @param owner who began it, and alone may go on with it
 * @param offset how many bytes are on disk, and stay there whatever happens to the server: where to go on
 * @param inUse whether an operation is made from it at the moment: until that has ended it cannot be used otherwise
 * @param expires when it is removed unless more of it arrives
 */
public record Upload(String id, String owner, UploadRequest file, long offset, boolean inUse, Instant expires) {
    public boolean complete() {
        return offset == file.length();
    }

    /** How much has arrived, 0 to 100. */
    public int percent() {
        return (int) (offset * 100 / file.length());
    }
}
