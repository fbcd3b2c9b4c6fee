package org.kdcloudlet.server.manager.console;

import io.javalin.websocket.WsConfig;
import io.javalin.websocket.WsContext;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.StatusCode;
import org.kdcloudlet.server.account.Accounts;
import org.kdcloudlet.server.account.AuditLog;
import org.kdcloudlet.server.account.Role;
import org.kdcloudlet.server.error.CloudletException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All open consoles. A viewer may look, an operator type too. A console ends with its machine, with the session or the token that opened it, and when
 * the role of who opened it becomes another, of which it learns within {@link #PERIOD}. As an open page
 * does, an open console keeps its session from being idle.
 */
public final class Consoles implements AutoCloseable {
    /** Consoles at the same time; each has a thread. */
    public static final int MAX_CONSOLES = 16;

    private static final Logger log = LoggerFactory.getLogger(Consoles.class);
    private static final Duration PERIOD = Duration.ofSeconds(2);
    private static final String VISITOR = "console-visitor";

    private final Accounts accounts;
    private final Semaphore room = new Semaphore(MAX_CONSOLES);
    private final Map<String, Open> open = new ConcurrentHashMap<>();
    private final ScheduledExecutorService watch =
            Executors.newSingleThreadScheduledExecutor(task -> thread("manager-consoles", task));
    private volatile boolean closed;

    private record Open(Console console, Visitor visitor) {}

    public Consoles(Accounts accounts) {
        this.accounts = accounts;
        watch.scheduleWithFixedDelay(this::look, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Notes for a connection that is about to be opened whose it is; what is not noted is not let in. */
    public static void admit(BiConsumer<String, Object> attributes, Visitor visitor) {
        attributes.accept(VISITOR, visitor);
    }

    /** What a WebSocket does. */
    public void configure(WsConfig socket) {
        socket.onConnect(this::connect);
        socket.onBinaryMessage(
                message -> find(message).ifPresent(found -> found.console().type(message.data())));
        socket.onMessage(message -> message.closeSession(StatusCode.BAD_DATA, "What is sent to a machine is binary"));
        socket.onClose(this::left);
        socket.onError(this::left);
    }

    private void left(WsContext context) {
        find(context).ifPresent(found -> found.console().close(StatusCode.NORMAL, "The client has left"));
    }

    private Optional<Open> find(WsContext context) {
        return Optional.ofNullable(open.get(context.sessionId()));
    }

    private void connect(WsContext context) {
        Visitor visitor =
                Optional.<Visitor>ofNullable(context.attribute(VISITOR)).orElseThrow();
        if (closed || !room.tryAcquire()) {
            context.closeSession(
                    StatusCode.TRY_AGAIN_LATER, MAX_CONSOLES + " consoles are open already; close one of them");
            return;
        }
        boolean begun = false;
        String refusal = "";
        try {
            if (visitor.types()) {
                accounts.audit().record(visitor.actor(), visitor.action(), visitor.machine(), AuditLog.DONE);
                visitor.works().run();
            }
            begin(context, visitor, visitor.connection().get());
            begun = true;
        } catch (CloudletException e) {
            log.info("{}: no console: {}", visitor.machine(), e.getMessage());
            refusal = e.code().name();
        } finally {
            if (!begun) {
                room.release();
            }
        }
        // Whoever hears of it may try again at once, and finds the room that this one had.
        if (!begun) {
            context.closeSession(StatusCode.TRY_AGAIN_LATER, refusal);
        }
    }

    private void begin(WsContext context, Visitor visitor, ByteChannel machine) {
        Console console = new Console(machine, context.session, visitor.input());
        open.put(context.sessionId(), new Open(console, visitor));
        if (visitor.kind() == Visitor.Kind.SERIAL) {
            context.session.sendText("{\"input\":" + visitor.types() + "}", Callback.NOOP);
        }
        log.info(
                "{}: {} opened from {}",
                visitor.machine(),
                described(visitor),
                visitor.actor().address());
        thread("console-" + visitor.machine(), () -> {
                    try {
                        console.show();
                    } finally {
                        log.info("{}: {} closed: {}", visitor.machine(), described(visitor), console.ending());
                        open.remove(context.sessionId());
                        room.release();
                    }
                })
                .start();
        if (closed || !context.session.isOpen()) {
            console.close(StatusCode.SHUTDOWN, "It ended while it began");
        }
    }

    private static String described(Visitor visitor) {
        return "console (" + visitor.kind().name().toLowerCase(Locale.ROOT) + ") of "
                + visitor.actor().name() + (visitor.types() ? "" : ", to look only,");
    }

    private static Thread thread(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private void look() {
        open.values().forEach(one -> {
            try {
                check(one);
            } catch (RuntimeException e) {
                log.warn("{}: its console was closed: {}", one.visitor().machine(), e.toString());
                one.console().close(StatusCode.SERVER_ERROR, "An internal error");
            }
        });
    }

    private void check(Open one) {
        Visitor visitor = one.visitor();
        Optional<Role> role = visitor.standing().get();
        if (role.isEmpty()) {
            one.console().close(StatusCode.POLICY_VIOLATION, "The session has ended, or the token is good no more");
        } else if (Visitor.types(role.get()) != visitor.types()) {
            one.console().close(StatusCode.POLICY_VIOLATION, "The role is another now");
        } else {
            one.console().ping();
        }
    }

    @Override
    public void close() {
        closed = true;
        watch.shutdownNow();
        open.values().forEach(one -> one.console().close(StatusCode.SHUTDOWN, "The server ends"));
    }
}
