package org.kdcloudlet.server.manager.metrics;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.kdcloudlet.server.api.RequestListener;
import org.kdcloudlet.server.app.Apps;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.host.HostLoad;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.instance.StartKind;
import org.kdcloudlet.server.instance.StartListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Figures of this server for Prometheus. The library that keeps them takes a while to load, so it is loaded once the server
 * listens; what happens before is counted when it is there. No label has anything in it that a device sent.
 */
public final class Metrics implements StartListener, RequestListener, AutoCloseable {
    /** Text format 0.0.4 of the exposition formats of Prometheus. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final Logger log = LoggerFactory.getLogger(Metrics.class);

    private final boolean wanted;
    private final CompletableFuture<Meters> meters = new CompletableFuture<>();

    /** What is asked whenever somebody wants to know. */
    public record Sources(Catalog catalog, Instances instances, Apps apps, Supplier<HostLoad> load) {}

    /** @param wanted whether anybody can ask; when not, nothing is kept and {@link #load} does nothing */
    public Metrics(boolean wanted) {
        this.wanted = wanted;
    }

    /** Loads what keeps figures; takes some hundred milliseconds of a processor. To be called once. */
    public void load(Sources sources) {
        if (!wanted) {
            return;
        }
        try {
            Meters loaded = new Meters(sources);
            if (!meters.complete(loaded)) {
                loaded.close();
            }
        } catch (RuntimeException | LinkageError e) {
            log.warn("There will be no metrics: {}", e.toString());
            meters.completeExceptionally(e);
        }
    }

    @Override
    public void started(StartKind kind, boolean joined, Duration took) {
        count(known -> known.started(kind, joined, took));
    }

    @Override
    public void notStarted(ErrorCode reason) {
        count(known -> known.notStarted(reason));
    }

    @Override
    public void answered(String route, int status) {
        count(known -> known.answered(route, status));
    }

    private void count(Consumer<Meters> counting) {
        if (wanted) {
            meters.thenAccept(counting);
        }
    }

    /**
     * All figures as they are now, in {@link #CONTENT_TYPE}.
     *
     * @throws CloudletException NO_ROOM when they are not loaded yet; INTERNAL when they could not be
     */
    public String text() {
        try {
            return Optional.ofNullable(meters.getNow(null))
                    .map(Meters::text)
                    .orElseThrow(() -> new CloudletException(
                            ErrorCode.NO_ROOM, "The metrics are being loaded; try again in a second."));
        } catch (CompletionException e) {
            throw new CloudletException(
                    ErrorCode.INTERNAL, "The metrics could not be loaded; the server's log says why.", e);
        }
    }

    @Override
    public void close() {
        if (!meters.cancel(false)) {
            meters.thenAccept(Meters::close);
        }
    }
}
