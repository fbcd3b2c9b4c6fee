package org.kdcloudlet.server.web;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.BadRequestResponse;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.util.JavalinException;
import java.net.BindException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.eclipse.jetty.ee10.websocket.server.JettyWebSocketServletFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/**
 * A Javalin server with bounded threads, headers and waiting times, whose every error is one line of text. Building it may
 * run beside other work; nothing is listened to before {@link #start()}.
 */
public final class WebServer implements AutoCloseable {
    /** The longest request line and headers together, in bytes. */
    public static final int MAX_HEADER_BYTES = 8192;

    /** Connections to a TCP port at the same time; more wait to be accepted. */
    private static final int MAX_CONNECTIONS = 1024;

    /** Connections to a TCP port from one address at the same time; more are closed. */
    static final int MAX_CONNECTIONS_PER_ADDRESS = 256;

    /** The longest message and frame of a WebSocket, in bytes. */
    private static final int MAX_SOCKET_MESSAGE_BYTES = 64 * 1024;

    private static final Duration SOCKET_IDLE_TIMEOUT = Duration.ofSeconds(30);
    private static final String METHOD_OVERRIDE = "X-HTTP-Method-Override";
    private static final int MIN_THREADS = 4;
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(5);

    private final String where;
    private final Javalin javalin;

    private WebServer(String where, Javalin javalin) {
        this.where = where;
        this.javalin = javalin;
    }

    /**
     * How a server is reached and bounded.
     *
     * @param name of its threads
     * @param where it listens, for error messages
     * @param idleTimeout how long a connection may be silent
     * @param maxBodyBytes the longest request body that is read into memory
     * @param refusals the reply to what is refused before any route is asked, by its status
     */
    public record Setup(
            String name,
            String where,
            int maxThreads,
            Duration idleTimeout,
            long maxBodyBytes,
            IntFunction<Reply> refusals) {}

    /**
     * @param connector makes what it listens with
     * @param routes adds what it answers
     */
    public static WebServer create(
            Setup setup,
            BiFunction<Server, HttpConnectionFactory, Connector> connector,
            Consumer<RoutesConfig> routes) {
        Javalin javalin = Javalin.create(config -> {
            configure(setup, config);
            config.jetty.addConnector((server, http) -> connector.apply(server, new HttpConnectionFactory(http)));
            config.routes.exception(HttpResponseException.class, (refusal, context) -> refusal(refusal)
                    .sendTo(context));
            routes.accept(config.routes);
            config.routes.before(WebServer::refuseAnotherMethod);
        });
        return new WebServer(setup.where(), javalin);
    }

    /** Javalin would take this header for the method: a GET could change something, and what stands before the server would not know. */
    private static void refuseAnotherMethod(Context context) {
        if (context.header(METHOD_OVERRIDE) != null) {
            throw new BadRequestResponse();
        }
    }

    /**
     * Loads the classes that a web server is made of, by starting one that nobody can reach. They are half of the time that a
     * start takes; this lets another thread do it while the machines and the database are opened.
     */
    public static void preload() {
        Setup setup = new Setup("preload", "nowhere", MIN_THREADS * 2, STOP_DEADLINE, 0, Reply::refusal);
        try (WebServer server = create(setup, LocalConnector::new, routes -> {})) {
            server.start();
        }
    }

    /** Makes a connector for a TCP port. */
    public static BiFunction<Server, HttpConnectionFactory, Connector> tcp(
            InetAddress address, int port, Duration idleTimeout) {
        return (server, http) -> connector(server, address, port, idleTimeout, new ConnectionFactory[] {http});
    }

    static ServerConnector connector(
            Server server, InetAddress address, int port, Duration idleTimeout, ConnectionFactory[] protocols) {
        ServerConnector connector = new ServerConnector(server, 1, 1, protocols);
        connector.setHost(address.getHostAddress());
        connector.setPort(port);
        connector.setIdleTimeout(idleTimeout.toMillis());
        connector.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, connector));
        connector.addBean(new AddressConnectionLimit(MAX_CONNECTIONS_PER_ADDRESS));
        return connector;
    }

    private static void configure(Setup setup, JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.http.prefer405over404 = true;
        config.http.maxRequestSize = setup.maxBodyBytes();
        QueuedThreadPool threads = new QueuedThreadPool(setup.maxThreads(), MIN_THREADS);
        threads.setName(setup.name());
        config.jetty.threadPool = threads;
        config.jetty.modifyHttpConfiguration(WebServer::bound);
        config.jetty.modifyServer(server -> {
            server.setErrorHandler(new Refusals(setup.refusals()));
            server.setStopTimeout(STOP_DEADLINE.toMillis());
        });
        config.jetty.modifyWebSocketServletFactory(WebServer::bound);
        config.jetty.modifyServletContextHandler(handler -> handler.setErrorHandler(new Refusals(setup.refusals())));
    }

    private static void bound(HttpConfiguration http) {
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(MAX_HEADER_BYTES);
    }

    private static void bound(JettyWebSocketServletFactory sockets) {
        sockets.setIdleTimeout(SOCKET_IDLE_TIMEOUT);
        sockets.setMaxBinaryMessageSize(MAX_SOCKET_MESSAGE_BYTES);
        sockets.setMaxTextMessageSize(MAX_SOCKET_MESSAGE_BYTES);
        sockets.setMaxFrameSize(MAX_SOCKET_MESSAGE_BYTES);
        sockets.setAutoFragment(true);
    }

    private static Reply refusal(HttpResponseException refusal) {
        Reply reply = Reply.refusal(refusal.getStatus());
        String methods = refusal.getDetails().get("availableMethods");
        return methods == null ? reply : reply.with(Map.of("Allow", methods));
    }

    /**
     * Begins to listen.
     *
     * @throws CloudletException CONFLICT when the address or port cannot be had
     */
    public void start() {
        try {
            javalin.start();
        } catch (JavalinException e) {
            Throwable cause = e;
            while (cause.getCause() != null && !(cause instanceof BindException)) {
                cause = cause.getCause();
            }
            throw new CloudletException(ErrorCode.CONFLICT, "Cannot listen on " + where + ": " + cause.getMessage(), e);
        }
    }

    /** The TCP port that it listens on. */
    public int port() {
        return javalin.port();
    }

    /** Ends it; requests under way get 5 s. */
    @Override
    public void close() {
        javalin.stop();
    }
}
