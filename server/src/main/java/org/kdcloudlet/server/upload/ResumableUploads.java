package org.kdcloudlet.server.upload;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.kdcloudlet.server.background.Workers;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Uploads that are gone on with after a broken connection, a reload of the page, a restart of the server and its death: how far one is
 * is how much of it is on disk. They are bounded in number, length, age and disk space, and are their owner's alone. Safe for use by
 * many threads.
 */
public final class ResumableUploads implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ResumableUploads.class);
    private static final Duration LOOK = Duration.ofMinutes(10);

    private final UploadFiles files;
    private final Path work;
    private final UploadLimits limits;
    private final UploadRoom room;
    private final Clock clock;
    private final Map<String, UploadSession> sessions = new ConcurrentHashMap<>();
    private final Workers workers = new Workers("uploads", 1);

    private ResumableUploads(Path folder, Path work, UploadLimits limits, Clock clock) {
        this.files = new UploadFiles(folder);
        this.work = work;
        this.limits = limits;
        this.room = new UploadRoom(folder, limits);
        this.clock = clock;
    }

    /**
     * Finds what an earlier server left; uploads that have expired are removed, now and later.
     *
     * @param work folder on the same file system for files that are in use, emptied at start by others
     */
    public static ResumableUploads open(Path folder, Path work, UploadLimits limits, Clock clock) {
        ResumableUploads uploads = new ResumableUploads(folder, work, limits, clock);
        for (UploadFiles.Stored stored : uploads.files.load()) {
            Path data = uploads.files.data(stored.id());
            uploads.sessions.put(
                    stored.id(), new UploadSession(stored, data, data.toFile().length()));
        }
        uploads.sweep();
        uploads.workers.every(LOOK, "remove uploads that have expired", uploads::sweep);
        return uploads;
    }

    void sweep() {
        Instant now = clock.instant();
        for (UploadSession session : sessions.values()) {
            String id = session.stored().id();
            if (expires(id).isBefore(now)) {
                forget(session);
                LOG.info("upload {} has expired and was removed", id);
            } else if (files.changed(id).isBefore(now.minus(LOOK))) {
                session.rest();
            }
        }
    }

    private Instant expires(String id) {
        return files.changed(id).plus(limits.lifetime());
    }

    private void forget(UploadSession session) {
        session.alone(() -> {
            remove(session);
            return session;
        });
    }

    private void remove(UploadSession session) {
        session.end();
        sessions.remove(session.stored().id());
        files.remove(session.stored().id());
    }

    /**
     * Begins an upload.
     *
     * @param owner any text that stands for who uploads
     * @throws CloudletException INVALID_VALUE; the code of its kind when it is too long; NO_ROOM when it does not fit, or too many are
     *     under way; STORAGE_FULL
     */
    public synchronized Upload create(String owner, UploadRequest file) {
        file.check();
        room.check(owner, file, sessions.values());
        UploadFiles.Stored stored = new UploadFiles.Stored(UUID.randomUUID().toString(), owner, file);
        try {
            files.add(stored);
            files.touch(stored.id(), clock.instant());
        } catch (IOException e) {
            throw UploadSession.failure(e);
        }
        UploadSession session = new UploadSession(stored, files.data(stored.id()), 0);
        sessions.put(stored.id(), session);
        return describe(session);
    }

    /** The uploads of somebody, the newest first. */
    public List<Upload> list(String owner) {
        return sessions.values().stream()
                .filter(session -> session.stored().owner().equals(owner))
                .map(this::describe)
                .sorted(Comparator.comparing(Upload::expires).reversed())
                .toList();
    }

    /**
     * An upload as it is, while more of it may arrive.
     *
     * @throws CloudletException UPLOAD_UNKNOWN when there is none, or it is somebody else's
     */
    public Upload get(String owner, String id) {
        return describe(session(owner, id));
    }

    /**
     * Where to go on with an upload: whoever still sends it is cut off, so that this stays true.
     *
     * @throws CloudletException UPLOAD_UNKNOWN; CONFLICT when the sender cannot be cut off just now
     */
    public Upload resume(String owner, String id) {
        UploadSession session = session(owner, id);
        return session.alone(() -> describe(session));
    }

    /**
     * Adds what arrives, from an offset on.
     *
     * @param body read until it ends, or the upload is whole
     * @param disconnect ends the reading of the body, from another thread
     * @throws CloudletException UPLOAD_UNKNOWN; CONFLICT when it goes on from another offset ({@code details.offset}) or broke off;
     *     INVALID_VALUE when more was sent than announced; NO_ROOM, STORAGE_FULL. Whatever it is, what has arrived is kept
     */
    public Upload append(String owner, String id, long offset, InputStream body, Runnable disconnect) {
        UploadSession session = session(owner, id);
        room.checkReserve();
        try {
            session.append(offset, body, disconnect, room::checkReserve);
        } finally {
            touch(session);
        }
        return describe(session);
    }

    private void touch(UploadSession session) {
        try {
            if (sessions.containsKey(session.stored().id())) {
                files.touch(session.stored().id(), clock.instant());
            }
        } catch (IOException e) {
            LOG.warn("cannot note that upload {} goes on: {}", session.stored().id(), e.toString());
        }
    }

    /**
     * Removes an upload, cutting off whoever sends it.
     *
     * @throws CloudletException UPLOAD_UNKNOWN
     */
    public void cancel(String owner, String id) {
        forget(session(owner, id));
    }

    /**
     * Uses a whole upload. It is spent unless the use throws: then it is as it was.
     *
     * @param use is given a name of the file that is its own, to be moved or removed; what is in it must not be changed
     * @throws CloudletException UPLOAD_UNKNOWN; CONFLICT when not all of it has arrived, it is of another kind or in use; the code of
     *     its kind when it has not the digest that was announced, and then it is removed
     */
    public <T> T use(String owner, String id, UploadKind kind, Function<Path, T> use) {
        UploadSession session = session(owner, id);
        return session.alone(() -> {
            LentUpload file = lend(session, kind);
            boolean succeeded = false;
            try {
                T result = use.apply(file.path());
                succeeded = true;
                return result;
            } finally {
                file.ended(succeeded);
            }
        });
    }

    /**
     * Begins an operation that is made from a whole upload. The upload is spent once the operation has succeeded; when it fails, is
     * cancelled or cut off by the end of the server, the upload is there to be used again.
     *
     * @param begin starts the operation, which tells the file how it ended; when it throws, the upload is as it was
     * @throws CloudletException as {@link #use}
     */
    public Operation begin(String owner, String id, UploadKind kind, Function<InputFile, Operation> begin) {
        UploadSession session = session(owner, id);
        return session.alone(() -> {
            LentUpload file = lend(session, kind);
            boolean begun = false;
            try {
                Operation operation = begin.apply(file);
                begun = true;
                return operation;
            } finally {
                if (!begun) {
                    file.ended(false);
                }
            }
        });
    }

    /** Another name for the file: what becomes of that, by its use or by the end of this server, the upload is still there. */
    private LentUpload lend(UploadSession session, UploadKind kind) {
        requireWhole(session, kind);
        Path file = work.resolve(UUID.randomUUID().toString());
        try {
            Files.createLink(file, files.data(session.stored().id()));
        } catch (IOException e) {
            throw UploadSession.failure(e);
        }
        session.lend();
        return new LentUpload(file, succeeded -> {
            if (succeeded) {
                remove(session);
            } else {
                touch(session);
            }
            session.giveBack();
        });
    }

    private void requireWhole(UploadSession session, UploadKind kind) {
        if (session.isLent()) {
            throw new CloudletException(
                    ErrorCode.CONFLICT,
                    "An operation is made from this upload already; wait for its end, or cancel it.");
        }
        if (session.file().kind() != kind) {
            throw new CloudletException(ErrorCode.CONFLICT, "This upload is of something else; begin another.");
        }
        if (session.offset() != session.file().length()) {
            throw new CloudletException(
                    ErrorCode.CONFLICT,
                    "Only " + session.offset() + " of " + session.file().length()
                            + " bytes have arrived; finish the upload first.",
                    Map.of("offset", session.offset()));
        }
        try {
            session.requireDigest();
        } catch (CloudletException damaged) {
            remove(session);
            throw damaged;
        }
    }

    private UploadSession session(String owner, String id) {
        UploadSession session = sessions.get(id);
        if (session == null || !session.stored().owner().equals(owner)) {
            throw UploadSession.unknown();
        }
        return session;
    }

    private Upload describe(UploadSession session) {
        UploadFiles.Stored stored = session.stored();
        return new Upload(
                stored.id(), stored.owner(), stored.file(), session.offset(), session.isLent(), expires(stored.id()));
    }

    @Override
    public void close() {
        workers.close();
        sessions.values().forEach(UploadSession::rest);
    }
}
