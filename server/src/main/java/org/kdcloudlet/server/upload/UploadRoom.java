package org.kdcloudlet.server.upload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Whether there is room for uploads: by their length, their number and the disk. */
final class UploadRoom {
    private final Path folder;
    private final UploadLimits limits;

    UploadRoom(Path folder, UploadLimits limits) {
        this.folder = folder;
        this.limits = limits;
    }

    /**
     * Refuses another upload that does not fit.
     *
     * @param others those that there are
     * @throws CloudletException the code of its kind when it is too long; NO_ROOM
     */
    void check(String owner, UploadRequest file, Collection<UploadSession> others) {
        checkLength(file);
        checkNumber(owner, others);
        checkSpace(file.length(), others);
    }

    private void checkLength(UploadRequest file) {
        long most = limits.maxBytes().applyAsLong(file.kind());
        if (file.length() > most) {
            throw new CloudletException(
                    file.kind().code(),
                    file.kind().title() + " may have " + most + " bytes at most.",
                    Map.of("limit", most));
        }
    }

    private void checkNumber(String owner, Collection<UploadSession> others) {
        long own = others.stream()
                .filter(session -> session.stored().owner().equals(owner))
                .count();
        if (own >= limits.maxPerOwner() || others.size() >= limits.maxUploads()) {
            throw new CloudletException(
                    ErrorCode.NO_ROOM,
                    (own >= limits.maxPerOwner() ? own + " uploads of yours" : others.size() + " uploads")
                            + " are unfinished already; finish or cancel one first.",
                    Map.of("resource", "uploads", "own", own, "all", others.size()));
        }
    }

    /** @param wanted beside what uploads under way still lack */
    private void checkSpace(long wanted, Collection<UploadSession> others) {
        long lacking = others.stream()
                .mapToLong(session -> session.file().length() - session.offset())
                .sum();
        long free = free();
        long reserve = limits.diskReserveBytes().getAsLong();
        if (free - reserve - lacking < wanted) {
            throw new CloudletException(
                    ErrorCode.NO_ROOM,
                    "The upload does not fit: " + free + " bytes are free, " + reserve + " of them reserved and "
                            + lacking + " for other uploads.",
                    Map.of("resource", "disk", "free", free, "reserve", reserve, "wanted", wanted));
        }
    }

    /**
     * Refuses more of an upload while the disk has less than its reserve.
     *
     * @throws CloudletException NO_ROOM
     */
    void checkReserve() {
        long free = free();
        long reserve = limits.diskReserveBytes().getAsLong();
        if (free < reserve) {
            throw new CloudletException(
                    ErrorCode.NO_ROOM,
                    "The disk has only " + free + " bytes left, and " + reserve
                            + " are reserved; free some space and resume the upload: what has arrived is kept.",
                    Map.of("resource", "disk", "free", free, "reserve", reserve));
        }
    }

    private long free() {
        try {
            return Files.getFileStore(folder).getUsableSpace();
        } catch (IOException e) {
            throw UploadSession.failure(e);
        }
    }
}
