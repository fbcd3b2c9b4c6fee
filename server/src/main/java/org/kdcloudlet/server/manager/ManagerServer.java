package org.kdcloudlet.server.manager;

import io.javalin.config.RoutesConfig;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.server.account.SetupLinks;
import org.kdcloudlet.server.config.ManagerConfiguration;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.manager.metrics.Metrics;
import org.kdcloudlet.server.tls.LiveCertificate;
import org.kdcloudlet.server.web.HostNames;
import org.kdcloudlet.server.web.Reply;
import org.kdcloudlet.server.web.TlsConnector;
import org.kdcloudlet.server.web.WebServer;

/**
 * The Cloudlet Manager over TCP: pages for browsers, and the same admin REST API as on the Unix socket for who is logged in or has an
 * API token. {@code GET /healthz} and {@code GET /readyz} are for everybody who reaches the port; {@code GET /metrics} is, too, on loopback.
 */
public final class ManagerServer implements AutoCloseable {
    private static final int MAX_THREADS = 128;
    private static final long MAX_BODY_BYTES = 1024 * 1024;
    private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(2);

    private final WebServer server;
    private final EventsResource events;
    private final Pages pages;
    private final ManagerConfiguration configuration;

    private ManagerServer(WebServer server, EventsResource events, Pages pages, ManagerConfiguration configuration) {
        this.server = server;
        this.events = events;
        this.pages = pages;
        this.configuration = configuration;
    }

    /**
     * Begins to listen.
     *
     * @param cloudletName by which browsers may address it
     * @param certificate for TLS; empty for plain HTTP
     * @param metrics answered as {@code /metrics}
     * @throws CloudletException CONFLICT when the address or port cannot be had
     */
    public static ManagerServer start(
            ManagerConfiguration configuration,
            String cloudletName,
            Optional<LiveCertificate> certificate,
            AdminApi.Parts parts,
            Metrics metrics) {
        EventsResource events = new EventsResource(parts.events());
        boolean secure = certificate.isPresent();
        SessionCookie cookie = new SessionCookie(secure);
        SmallBodies bodies = new SmallBodies();
        Pages pages = new Pages(cloudletName, cookie, parts, bodies);
        AccessControl access = new AccessControl(
                new NetworkIdentification(parts.accounts(), cookie),
                parts.accounts().audit(),
                bodies,
                AdminApi.MAX_WAITING);
        SiteGuard guard = new SiteGuard(new HostNames(cloudletName, configuration.hostNames()), secure);
        String where = configuration.address().getHostAddress() + ":" + configuration.port()
                + " for the Manager (choose another port with --manager-port, 0 for none)";
        WebServer server = WebServer.create(
                new WebServer.Setup("manager", where, MAX_THREADS, IDLE_TIMEOUT, MAX_BODY_BYTES, AdminErrors::refusal),
                TlsConnector.of(configuration.address(), configuration.port(), IDLE_TIMEOUT, certificate),
                routes -> {
                    routes.before(guard);
                    routes.before(pages::before);
                    access.register(routes, AdminApi.routes(parts, events));
                    access.register(routes, pages.routes());
                    pages.registerSockets(routes, guard, access);
                    registerOpen(routes, pages, parts);
                    registerMetrics(routes, access, metrics, configuration.address());
                });
        ManagerServer manager = new ManagerServer(server, events, pages, configuration);
        try {
            server.start();
        } catch (CloudletException e) {
            manager.close();
            throw e;
        }
        return manager;
    }

    private static void registerOpen(RoutesConfig config, Pages pages, AdminApi.Parts parts) {
        AccessControl.registerOpen(
                config, "/healthz", context -> Reply.text(200, "ok").sendTo(context));
        AccessControl.registerOpen(config, "/readyz", new WorkCheck(parts)::answer);
        pages.registerOpen(config);
    }

    /** For everybody as long as only this host can ask; beyond that for who may look. */
    private static void registerMetrics(
            RoutesConfig config, AccessControl access, Metrics metrics, InetAddress address) {
        AdminRoute route = AdminRoute.get("/metrics", context -> new Reply(
                        200, Metrics.CONTENT_TYPE, metrics.text().getBytes(StandardCharsets.UTF_8), Map.of())
                .sendTo(context));
        if (address.isLoopbackAddress()) {
            AccessControl.registerOpen(config, route.path(), route.handler());
        } else {
            access.register(config, List.of(route));
        }
    }

    /** Where browsers find it. */
    public URI address() {
        InetAddress bound = configuration.address();
        String host = bound.isAnyLocalAddress() ? "localhost" : bound.getHostAddress();
        String scheme = configuration.tls() == ManagerConfiguration.Tls.OFF ? "http" : "https";
        return URI.create(scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + server.port());
    }

    /** The link that makes the first account, when there is none; whoever started the server is to see it. */
    public Optional<String> firstSetupLink(AdminApi.Parts parts) {
        if (!parts.accounts().administrators().list().isEmpty()) {
            return Optional.empty();
        }
        SetupLinks.SetupCode code = parts.accounts().setup().create();
        return Optional.of(SetupLinkResource.link(address(), code));
    }

    @Override
    public void close() {
        events.close();
        pages.close();
        server.close();
    }
}
