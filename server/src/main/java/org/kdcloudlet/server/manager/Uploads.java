package org.kdcloudlet.server.manager;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Streams request bodies into files of a folder that is emptied whenever the server starts. */
final class Uploads {
    private static final int BUFFER_BYTES = 256 * 1024;
    /** What is uploaded, for errors. */
    enum Kind {
        IMAGE("An image", ErrorCode.IMAGE_INVALID),
        APP("The package of an app", ErrorCode.APP_INVALID),
        PACKAGE("A packaged service", ErrorCode.PACKAGE_INVALID),
        BACKUP("A backup", ErrorCode.BACKUP_INVALID);

        private final String name;
        private final ErrorCode code;

        Kind(String name, ErrorCode code) {
            this.name = name;
            this.code = code;
        }
    }

    private static final int CHECK_SPACE_EVERY = 64 * 1024 * 1024;

    private final Path folder;
    private final Supplier<AdminApi.UploadLimits> limits;
    private final Kind kind;

    Uploads(Path folder, Supplier<AdminApi.UploadLimits> limits, Kind kind) {
        this.folder = folder;
        this.limits = limits;
        this.kind = kind;
    }

    /**
     * Stores a whole body, or nothing of it.
     *
     * @throws CloudletException the code of its kind when it is longer than the limit or broke off, NO_ROOM or STORAGE_FULL
     */
    Path store(HttpServletRequest request) {
        long announced = request.getContentLengthLong();
        checkLength(announced);
        checkSpace(Math.max(announced, 0));
        Path file = folder.resolve(UUID.randomUUID().toString());
        try (Reverter undo = new Reverter()) {
            undo.add("remove upload " + file.getFileName(), () -> Files.deleteIfExists(file));
            try (InputStream body = request.getInputStream();
                    OutputStream out = Files.newOutputStream(file)) {
                copy(body, out);
            }
            undo.commit();
            return file;
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private void copy(InputStream body, OutputStream out) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        long total = 0;
        long checked = 0;
        for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
            out.write(buffer, 0, read);
            total += read;
            checkLength(total);
            if (total - checked >= CHECK_SPACE_EVERY) {
                checked = total;
                checkSpace(0);
            }
        }
    }

    private void checkLength(long length) {
        if (length > limits.get().maxBytes()) {
            throw new CloudletException(
                    kind.code,
                    kind.name + " may have " + limits.get().maxBytes() + " bytes at most.",
                    Map.of("limit", limits.get().maxBytes()));
        }
    }

    private void checkSpace(long wanted) {
        try {
            FileStore store = Files.getFileStore(folder);
            long free = store.getUsableSpace();
            if (free - wanted < limits.get().diskReserveBytes()) {
                throw new CloudletException(
                        ErrorCode.NO_ROOM,
                        "The upload does not fit: " + free + " bytes are free, "
                                + limits.get().diskReserveBytes() + " of them reserved.",
                        Map.of(
                                "resource",
                                "disk",
                                "free",
                                free,
                                "reserve",
                                limits.get().diskReserveBytes(),
                                "wanted",
                                wanted));
            }
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private CloudletException failure(IOException cause) {
        String message = String.valueOf(cause.getMessage());
        if (message.contains("No space left")) {
            return new CloudletException(ErrorCode.STORAGE_FULL, "The disk is full.", cause);
        }
        return new CloudletException(kind.code, "The upload broke off: " + message, cause);
    }
}
