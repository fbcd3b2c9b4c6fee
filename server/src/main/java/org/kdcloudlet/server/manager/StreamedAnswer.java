package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.io.OutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file of unknown length that is written while it is made. */
final class StreamedAnswer {
    private static final Logger log = LoggerFactory.getLogger(StreamedAnswer.class);

    private StreamedAnswer() {}

    /** What is in the file. */
    interface Body {
        void writeTo(OutputStream out) throws IOException;
    }

    /** Answers with it, or to HEAD without making it. A client never takes a part of it for the whole. */
    static void send(Context context, String contentType, String fileName, Body body) {
        context.contentType(contentType);
        context.header("Content-Disposition", "attachment; filename=\"" + fileName + "\"");
        context.header("Cache-Control", "no-store");
        context.header("X-Content-Type-Options", "nosniff");
        // Even to a client that asks for the end of the connection, which would look the same for half a file.
        context.header("Transfer-Encoding", "chunked");
        if (context.method() == HandlerType.HEAD) {
            return;
        }
        OutputStream out = context.outputStream();
        try {
            body.writeTo(out);
        } catch (IOException | RuntimeException e) {
            log.warn("{} broke off: {}", fileName, e.toString());
            // The answer has begun, so an error cannot be told any more; an orderly end would make half a file look
            // whole.
            Connections.closing(context).run();
        }
    }
}
