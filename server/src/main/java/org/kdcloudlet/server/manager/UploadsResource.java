package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.http.HttpStatus;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.backup.Backups;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.upload.ResumableUploads;
import org.kdcloudlet.server.upload.Upload;
import org.kdcloudlet.server.upload.UploadKind;
import org.kdcloudlet.server.upload.UploadRequest;

/**
 * {@code /v1/uploads}: resumable uploads by the tus protocol 1.0.0 (https://tus.io/protocols/resumable-upload), core and the extensions
 * creation, expiration and termination. What is whole is used by the routes that take a file, with {@code ?upload=ID}.
 */
final class UploadsResource {
    private static final String UPLOADS = "/v1/uploads";
    private static final String ONE = UPLOADS + "/{id}";
    private static final String PROTOCOL = "1.0.0";
    private static final String VERSION = "Tus-Resumable";
    private static final String OFFSET = "Upload-Offset";
    private static final String LENGTH = "Upload-Length";
    private static final String METADATA = "Upload-Metadata";
    private static final String CHUNK = "application/offset+octet-stream";
    private static final int MAX_METADATA = 4096;
    private static final String NUMBER = "[0-9]{1,18}";

    private final ResumableUploads uploads;
    private final Backups backups;

    UploadsResource(AdminApi.Parts parts) {
        this.uploads = parts.resumableUploads();
        this.backups = parts.backups();
    }

    List<AdminRoute> routes() {
        return List.of(
                AdminRoute.options(UPLOADS, this::options).needs(Role.OPERATOR),
                AdminRoute.get(UPLOADS, this::list).needs(Role.OPERATOR),
                AdminRoute.post(UPLOADS, this::create),
                AdminRoute.get(ONE, this::show).needs(Role.OPERATOR),
                AdminRoute.head(ONE, this::offset).needs(Role.OPERATOR),
                AdminRoute.patch(ONE, this::append).named("uploads.append").streaming(),
                AdminRoute.delete(ONE, this::cancel));
    }

    /** Who an upload belongs to: an administrator and a token of the same name are not the same. */
    static String owner(Context context) {
        return AccessControl.actor(context).identity();
    }

    private void options(Context context) {
        context.header(VERSION, PROTOCOL)
                .header("Tus-Version", PROTOCOL)
                .header("Tus-Extension", "creation,expiration,termination")
                .status(HttpStatus.NO_CONTENT_204);
    }

    private void list(Context context) {
        AdminJson.reply(AdminJson.list("uploads", uploads.list(owner(context)), UploadsResource::json))
                .sendTo(context);
    }

    private void create(Context context) {
        checkProtocol(context);
        Map<String, String> metadata =
                metadata(Optional.ofNullable(context.header(METADATA)).orElse(""));
        UploadRequest request = new UploadRequest(
                kind(metadata.getOrDefault("kind", "")),
                metadata.getOrDefault("filename", ""),
                number(context, LENGTH),
                Optional.ofNullable(metadata.get("last_modified"))
                        .filter(text -> text.matches(NUMBER))
                        .map(Long::parseLong),
                Optional.ofNullable(metadata.get("sha256")));
        if (request.kind() == UploadKind.BACKUP) {
            checkRestore(context);
        }
        Upload upload = uploads.create(owner(context), request);
        AccessControl.concerns(context, upload.id());
        tell(context, upload);
        AdminJson.reply(HttpStatus.CREATED_201, json(upload))
                .with(Map.of("Location", UPLOADS + "/" + upload.id()))
                .sendTo(context);
    }

    /** Refuses a backup at once that could not be restored when it is here. */
    private void checkRestore(Context context) {
        if (!AccessControl.actor(context).role().includes(Role.ADMINISTRATOR)) {
            throw new CloudletException(ErrorCode.FORBIDDEN, "To restore a backup needs the role administrator.");
        }
        backups.requireEmpty();
    }

    private void show(Context context) {
        AdminJson.reply(json(uploads.get(owner(context), id(context)))).sendTo(context);
    }

    private void offset(Context context) {
        checkProtocol(context);
        Upload upload = uploads.resume(owner(context), id(context));
        tell(context, upload);
        context.header(LENGTH, Long.toString(upload.file().length()));
        AdminJson.reply(json(upload)).sendTo(context);
    }

    /** The body is what follows the offset. It may break off anywhere. */
    private void append(Context context) throws IOException {
        checkProtocol(context);
        if (!CHUNK.equals(context.contentType())) {
            throw new HttpResponseException(HttpStatus.UNSUPPORTED_MEDIA_TYPE_415, "Send " + CHUNK, Map.of());
        }
        try {
            Upload upload = uploads.append(
                    owner(context),
                    id(context),
                    number(context, OFFSET),
                    context.req().getInputStream(),
                    Connections.closing(context));
            tell(context, upload);
            context.status(HttpStatus.NO_CONTENT_204);
        } catch (CloudletException refusal) {
            if (refusal.details().get("offset") instanceof Long offset) {
                context.header(OFFSET, Long.toString(offset));
            }
            throw refusal;
        }
    }

    private void cancel(Context context) {
        checkProtocol(context);
        uploads.cancel(owner(context), id(context));
        context.header(VERSION, PROTOCOL).status(HttpStatus.NO_CONTENT_204);
    }

    private static String id(Context context) {
        return context.pathParam("id");
    }

    /** A script may leave the version out. */
    private static void checkProtocol(Context context) {
        String version = context.header(VERSION);
        if (version != null && !version.equals(PROTOCOL)) {
            context.header("Tus-Version", PROTOCOL);
            throw new HttpResponseException(HttpStatus.PRECONDITION_FAILED_412, "tus " + PROTOCOL, Map.of());
        }
    }

    private static void tell(Context context, Upload upload) {
        context.header(VERSION, PROTOCOL);
        context.header("Cache-Control", "no-store");
        context.header(OFFSET, Long.toString(upload.offset()));
        context.header(
                "Upload-Expires",
                DateTimeFormatter.RFC_1123_DATE_TIME.format(upload.expires().atOffset(ZoneOffset.UTC)));
    }

    private static long number(Context context, String header) {
        String text = Optional.ofNullable(context.header(header)).orElse("").strip();
        if (!text.matches(NUMBER)) {
            throw JsonBody.invalid(header + " must be a whole number, at most 18 digits.");
        }
        return Long.parseLong(text);
    }

    private static UploadKind kind(String text) {
        for (UploadKind kind : UploadKind.values()) {
            if (AdminJson.name(kind).equals(text)) {
                return kind;
            }
        }
        throw JsonBody.invalid("kind, in " + METADATA + ", must be one of image, package, template, app, backup.");
    }

    /** Pairs of a key and its value in Base64, separated by commas. */
    private static Map<String, String> metadata(String header) {
        if (header.length() > MAX_METADATA) {
            throw JsonBody.invalid(METADATA + " must have " + MAX_METADATA + " characters at most.");
        }
        Map<String, String> found = new HashMap<>();
        for (String pair : ServiceForms.split(header, ",")) {
            String[] parts = pair.split(" ", 2);
            try {
                byte[] value = Base64.getDecoder().decode(parts.length < 2 ? "" : parts[1].strip());
                found.put(parts[0], new String(value, StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                throw JsonBody.invalid(
                        METADATA + " must be pairs of a key and a value in Base64, with commas between.");
            }
        }
        return found;
    }

    private static ObjectNode json(Upload upload) {
        ObjectNode json = AdminJson.object();
        json.put("id", upload.id());
        json.put("kind", AdminJson.name(upload.file().kind()));
        json.put("name", upload.file().name());
        json.put("length", upload.file().length());
        json.put("offset", upload.offset());
        json.put("last_modified", upload.file().lastModified().orElse(null));
        json.put("sha256", upload.file().sha256().orElse(null));
        json.put("in_use", upload.inUse());
        json.put("expires", AdminJson.time(upload.expires()));
        return json;
    }
}
