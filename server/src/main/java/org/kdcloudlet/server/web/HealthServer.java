package org.kdcloudlet.server.web;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/**
 * Tells monitoring on this host that the server lives: {@code GET /healthz} on 127.0.0.1, and nothing else. It is a server of
 * its own, so that no mistake elsewhere can let anything more out on this port.
 */
public final class HealthServer implements AutoCloseable {
    private static final int THREADS = 4;
    private static final long IDLE_MILLIS = 10_000;

    private final Server server;

    private HealthServer(Server server) {
        this.server = server;
    }

    /**
     * Begins to answer on a TCP port.
     *
     * @throws CloudletException CONFLICT when the port cannot be had
     */
    public static HealthServer start(int port) {
        QueuedThreadPool threads = new QueuedThreadPool(THREADS, 1);
        threads.setName("health");
        threads.setReservedThreads(0);
        Server server = new Server(threads);
        server.setErrorHandler(new Refusals(Reply::refusal));
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
        connector.setPort(port);
        connector.setIdleTimeout(IDLE_MILLIS);
        server.addConnector(connector);
        server.setHandler(new Health());
        HealthServer health = new HealthServer(server);
        try {
            server.start();
        } catch (Exception e) {
            health.close();
            throw new CloudletException(
                    ErrorCode.CONFLICT,
                    "Cannot listen on 127.0.0.1:" + port + " for health checks (" + e.getMessage()
                            + "); choose another port with --manager-port, 0 for none",
                    e);
        }
        return health;
    }

    private static final class Health extends Handler.Abstract {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            boolean known = "/healthz".equals(Request.getPathInContext(request));
            boolean get = HttpMethod.GET.is(request.getMethod());
            ByteBuffer body = ByteBuffer.wrap((known && get ? "ok\n" : "no\n").getBytes(StandardCharsets.US_ASCII));
            response.setStatus(known ? get ? 200 : 405 : 404);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain");
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.remaining());
            response.write(true, body, callback);
            return true;
        }
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new CloudletException(ErrorCode.INTERNAL, "The health check cannot be ended", e);
        }
    }
}
