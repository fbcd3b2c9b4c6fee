package org.kdcloudlet.server.web;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;

/**
 * The whole of an open file, streamed to be saved; memory does not grow with it. It is closed when it was sent, or could not be.
 *
 * @param contentType media type
 * @param fileName that it is to be saved under: letters, digits and {@code . _ -} only
 * @param file at its beginning
 * @param bytes its length
 */
public record FileReply(String contentType, String fileName, FileChannel file, long bytes) implements Answer {
    /**
     * @throws IllegalArgumentException when the file name has other characters, which could end the header that it is in
     */
    public FileReply {
        if (!fileName.matches("[A-Za-z0-9._-]+")) {
            throw new IllegalArgumentException("Not a name for a download");
        }
    }

    @Override
    public void sendTo(Context context) {
        context.status(200);
        context.contentType(contentType);
        context.header("Content-Disposition", "attachment; filename=\"" + fileName + "\"");
        context.header("Cache-Control", "no-store");
        context.header("X-Content-Type-Options", "nosniff");
        context.header("Content-Length", Long.toString(bytes));
        if (context.method() == HandlerType.HEAD) {
            close();
        } else {
            context.result(Channels.newInputStream(file));
        }
    }

    private void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
