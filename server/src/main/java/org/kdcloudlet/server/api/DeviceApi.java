package org.kdcloudlet.server.api;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.kdcloudlet.server.app.Apps;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.config.DeviceApiConfiguration;
import org.kdcloudlet.server.config.LimitsConfiguration;
import org.kdcloudlet.server.host.LoadSampler;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.web.Answer;
import org.kdcloudlet.server.web.Reply;
import org.kdcloudlet.server.web.WebServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers devices. Every request passes the {@link RequestGuard} and the {@link DeviceLimits}; every reply, errors included,
 * has its length and is one line of text or one JSON object.
 */
public final class DeviceApi {
    private static final Logger log = LoggerFactory.getLogger(DeviceApi.class);

    /** Threads that starts leave for other requests; of few threads, half. */
    private static final int THREADS_FOR_OTHERS = 16;

    private final RequestGuard guard;
    private final DeviceLimits limits;
    private final List<DeviceRoute> routes;
    private final RequestListener listener;

    /**
     * What the device API asks.
     *
     * @param cloudletName by which requests may address it
     * @param instancesAddress where ports of Service VMs are reached; an unspecified address is every one
     * @param listener told of what was answered
     */
    public record Parts(
            String cloudletName,
            Catalog catalog,
            Instances instances,
            Apps apps,
            LoadSampler load,
            InetAddress instancesAddress,
            RequestListener listener) {}

    DeviceApi(DeviceApiConfiguration configuration, Supplier<LimitsConfiguration> limits, Parts parts) {
        this.guard = new RequestGuard(parts.cloudletName(), configuration.hostNames());
        this.limits = new DeviceLimits(limits, mostStarts(configuration.maxThreads()), System::nanoTime);
        this.routes = makeRoutes(configuration, parts);
        this.listener = parts.listener();
    }

    private static int mostStarts(int threads) {
        return Math.max(threads / 2, threads - THREADS_FOR_OTHERS);
    }

    /** Makes the server; it listens once it is started. */
    public static WebServer server(
            DeviceApiConfiguration configuration, Supplier<LimitsConfiguration> limits, Parts parts) {
        DeviceApi api = new DeviceApi(configuration, limits, parts);
        String where = configuration.address().getHostAddress() + ":" + configuration.port();
        return WebServer.create(
                new WebServer.Setup(
                        "device-api",
                        where,
                        configuration.maxThreads(),
                        configuration.idleTimeout(),
                        0,
                        Reply::refusal),
                WebServer.tcp(configuration.address(), configuration.port(), configuration.idleTimeout()),
                api::register);
    }

    List<DeviceRoute> routes() {
        return routes;
    }

    private List<DeviceRoute> makeRoutes(DeviceApiConfiguration configuration, Parts parts) {
        ServiceHandlers services = new ServiceHandlers(parts.catalog());
        Optional<InetAddress> address = configuration.advertisedAddress().or(() -> Optional.of(parts.instancesAddress())
                .filter(bound -> !bound.isAnyLocalAddress()));
        ServiceVmHandlers serviceVms = new ServiceVmHandlers(parts.instances(), limits, address);
        AppHandlers apps = new AppHandlers(parts.apps());
        SystemHandlers system = new SystemHandlers(parts.load(), parts.catalog(), parts.apps());
        return List.of(
                DeviceRoute.reading("/api/services", services::list),
                DeviceRoute.reading("/api/services/get", services::get),
                DeviceRoute.changing("/api/servicevm/start", serviceVms::start),
                DeviceRoute.changing("/api/servicevm/stop", serviceVms::stop),
                DeviceRoute.reading("/api/apps", apps::list),
                DeviceRoute.reading("/api/apps/get", apps::get),
                DeviceRoute.reading("/api/system", system::get),
                DeviceRoute.reading("/api/system/get_messages", system::messages));
    }

    private void register(RoutesConfig config) {
        for (DeviceRoute route : routes) {
            config.addEndpoint(new Endpoint(HandlerType.GET, route.path(), context -> answer(route, context)));
            // Javalin would answer HEAD by itself wherever there is a GET.
            config.addEndpoint(new Endpoint(HandlerType.HEAD, route.path(), context -> head(route, context)));
        }
    }

    private void head(DeviceRoute route, Context context) {
        if (route.changesState()) {
            Reply.text(405, "Method Not Allowed").with(Map.of("Allow", "GET")).sendTo(context);
            listener.answered(route.path(), context.statusCode());
        } else {
            answer(route, context);
        }
    }

    private void answer(DeviceRoute route, Context context) {
        reply(route, context).sendTo(context);
        listener.answered(route.path(), context.statusCode());
    }

    private Answer reply(DeviceRoute route, Context context) {
        Optional<String> refusal = guard.refusal(context.req(), route.changesState());
        if (refusal.isPresent()) {
            return Reply.text(403, refusal.get());
        }
        DeviceRequest request = new DeviceRequest(context);
        try {
            limits.admit(request.clientAddress(), request.deviceId());
            return route.handler().apply(request);
        } catch (DeviceLimits.TooManyRequests e) {
            return Reply.text(429, "Too many requests; try again later")
                    .with(Map.of("Retry-After", Long.toString(e.retryAfterSeconds())));
        } catch (RuntimeException e) {
            log.error("{} failed", route.path(), e);
            return Reply.text(500, "Internal error");
        }
    }
}
