package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.FullDisk;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.upload.ResumableUploads;
import org.kdcloudlet.server.upload.UploadKind;

/** Streams request bodies into files of a folder that is emptied whenever the server starts. */
final class Uploads {
    /** What a body is called, which has no name. */
    private static final String BODY = "upload";

    private static final int BUFFER_BYTES = 256 * 1024;
    private static final int CHECK_SPACE_EVERY = 64 * 1024 * 1024;

    private final Path folder;
    private final Supplier<AdminApi.UploadLimits> limits;
    private final UploadKind kind;
    private final ResumableUploads resumable;

    Uploads(AdminApi.Parts parts, Supplier<AdminApi.UploadLimits> limits, UploadKind kind) {
        this.folder = parts.uploads();
        this.limits = limits;
        this.kind = kind;
        this.resumable = parts.resumableUploads();
    }

    /**
     * Uses what was uploaded: the body of the request, or with {@code ?upload=ID} a resumable upload that is whole. When the use
     * throws, nothing of a body is kept, while a resumable upload can be used again.
     *
     * @param use is given the file, which is its own, and a name for people
     * @throws CloudletException the code of its kind when it is longer than the limit or broke off, NO_ROOM or STORAGE_FULL;
     *     UPLOAD_UNKNOWN, CONFLICT
     */
    <T> T take(Context context, BiFunction<Path, String, T> use) {
        String id = context.queryParam("upload");
        if (id != null) {
            String owner = UploadsResource.owner(context);
            String name = resumable.get(owner, id).file().name();
            return resumable.use(owner, id, kind, file -> use.apply(file, name));
        }
        return takeBody(context, file -> use.apply(file, BODY));
    }

    /**
     * Begins an operation that is made from what was uploaded. A body is kept for that operation alone, a resumable upload until one
     * has succeeded.
     *
     * @throws CloudletException as {@link #take}
     */
    Operation begin(Context context, BiFunction<InputFile, String, Operation> begin) {
        String id = context.queryParam("upload");
        if (id != null) {
            String owner = UploadsResource.owner(context);
            String name = resumable.get(owner, id).file().name();
            return resumable.begin(owner, id, kind, file -> begin.apply(file, name));
        }
        return takeBody(context, file -> begin.apply(InputFile.removed(file), BODY));
    }

    private <T> T takeBody(Context context, Function<Path, T> use) {
        Path file = store(context.req());
        try (Reverter undo = new Reverter()) {
            undo.add("remove upload " + file.getFileName(), () -> Files.deleteIfExists(file));
            T result = use.apply(file);
            undo.commit();
            return result;
        }
    }

    /** Stores a whole body, or nothing of it. */
    private Path store(HttpServletRequest request) {
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
                    kind.code(),
                    kind.title() + " may have " + limits.get().maxBytes() + " bytes at most.",
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
        if (FullDisk.causes(cause)) {
            return new CloudletException(ErrorCode.STORAGE_FULL, "The disk is full.", cause);
        }
        return new CloudletException(kind.code(), "The upload broke off: " + cause.getMessage(), cause);
    }
}
