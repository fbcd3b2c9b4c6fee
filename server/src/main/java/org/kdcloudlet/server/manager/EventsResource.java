package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.Event;
import org.kdcloudlet.server.operation.Events;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /v1/events}: what happened, as a list, or as server-sent events (HTML Living Standard, section 9.2) for those who ask for
 * {@code text/event-stream}. A viewer holds a thread, so there can be only so many.
 */
final class EventsResource implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EventsResource.class);
    private static final int MAX_VIEWERS = 16;
    private static final Duration HEARTBEAT = Duration.ofSeconds(2);

    private final Events events;
    private final Semaphore viewers = new Semaphore(MAX_VIEWERS);
    private volatile boolean closed;

    EventsResource(Events events) {
        this.events = events;
    }

    List<AdminRoute> routes() {
        return List.of(AdminRoute.get("/v1/events", this::get));
    }

    private void get(Context context) throws IOException, InterruptedException {
        String accept = context.header("Accept");
        if (context.method() == HandlerType.GET && accept != null && accept.contains("text/event-stream")) {
            stream(context);
        } else {
            list(context);
        }
    }

    private void list(Context context) {
        int limit = Numbers.query(context, "limit", 100, 1, 1000);
        long after = after(context).orElse(0L);
        List<Event> recent = events.recent(limit).stream()
                .filter(event -> event.id() > after)
                .toList();
        AdminJson.reply(AdminJson.list("events", recent, EventsResource::json)).sendTo(context);
    }

    private void stream(Context context) throws IOException, InterruptedException {
        Optional<Long> after = after(context);
        if (!viewers.tryAcquire()) {
            throw new CloudletException(
                    ErrorCode.NO_ROOM, "Events are being followed by " + MAX_VIEWERS + " viewers already.");
        }
        try (Events.Subscription subscription = events.subscribe(after)) {
            context.contentType("text/event-stream");
            context.header("Cache-Control", "no-store");
            follow(subscription, context.res().getOutputStream());
        } catch (IOException viewerLeft) {
            log.debug("A viewer of events left: {}", viewerLeft.toString());
        } finally {
            viewers.release();
        }
    }

    private void follow(Events.Subscription subscription, OutputStream out) throws IOException, InterruptedException {
        send(out, ": events\n\n");
        while (!closed && !subscription.ended()) {
            Optional<Event> event = subscription.next(HEARTBEAT);
            send(out, event.map(EventsResource::frame).orElse(":\n\n"));
        }
    }

    private static void send(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static String frame(Event event) {
        return "id: " + event.id() + "\nevent: " + event.type() + "\ndata: " + json(event) + "\n\n";
    }

    private static Optional<Long> after(Context context) {
        String asked = context.queryParam("after");
        String text = asked == null ? context.header("Last-Event-ID") : asked;
        if (text == null) {
            return Optional.empty();
        }
        if (!text.matches("[0-9]{1,16}")) {
            throw JsonBody.invalid("The id of an event is a whole number.");
        }
        return Optional.of(Long.parseLong(text));
    }

    private static ObjectNode json(Event event) {
        ObjectNode json = AdminJson.object();
        json.put("id", event.id());
        json.put("time", AdminJson.time(event.time()));
        json.put("type", event.type());
        ObjectNode subjects = json.putObject("subjects");
        event.subjects().forEach(subjects::put);
        json.put("message", event.message());
        return json;
    }

    @Override
    public void close() {
        closed = true;
    }
}
