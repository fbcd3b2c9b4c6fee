package org.kdcloudlet.server.manager.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.kdcloudlet.server.Version;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.instance.InstanceState;
import org.kdcloudlet.server.instance.PoolStatus;
import org.kdcloudlet.server.instance.StartKind;

/** The figures that are kept, by their names. What can be asked for is asked for once whenever all are wanted. */
final class Meters implements AutoCloseable {
    private static final Duration[] START_BUCKETS = {
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(200),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(15),
        Duration.ofSeconds(60),
        Duration.ofSeconds(180)
    };
    private static final Map<Integer, String> REFUSALS =
            Map.of(403, "forbidden", 429, "too_many_requests", 503, "no_room");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics garbageCollection = new JvmGcMetrics();
    private final Metrics.Sources sources;
    private final MeterProvider<Timer> starts = Timer.builder("cloudlet.start")
            .description("From asking for an instance to having it, by how it came to be")
            .serviceLevelObjectives(START_BUCKETS)
            .withRegistry(registry);
    private final MeterProvider<Counter> failedStarts = Counter.builder("cloudlet.start.failures")
            .description("Starts that gave nobody an instance, by the code of the error")
            .withRegistry(registry);
    private final MeterProvider<Counter> requests = Counter.builder("cloudlet.device.requests")
            .description("Requests of devices that were answered, by path and status")
            .withRegistry(registry);
    private final MeterProvider<Counter> refusals = Counter.builder("cloudlet.device.refusals")
            .description("Requests of devices that were refused, by the reason")
            .withRegistry(registry);
    private final MultiGauge poolReady = MultiGauge.builder("cloudlet.pool.ready")
            .description("Clones that wait for a start")
            .register(registry);
    private final MultiGauge poolWanted = MultiGauge.builder("cloudlet.pool.wanted")
            .description("Clones that should wait for a start")
            .register(registry);
    private Snapshot now;

    Meters(Metrics.Sources sources) {
        this.sources = sources;
        this.now = Snapshot.of(sources);
        for (InstanceState state : InstanceState.values()) {
            gauge(
                    "cloudlet.instances",
                    "Instances, by state",
                    Tags.of("state", word(state)),
                    snapshot -> snapshot.instances().getOrDefault(state, 0L));
        }
        Tags none = Tags.empty();
        gauge(
                "cloudlet.version",
                "The version of the program; always 1",
                Tags.of("version", Version.current()),
                all -> 1);
        gauge("cloudlet.services", "Services", none, Snapshot::services);
        gauge("cloudlet.apps", "Apps", none, Snapshot::apps);
        capacity();
        host();
        // Counters are there from the beginning, so that their first increase is seen as one.
        for (StartKind kind : StartKind.values()) {
            starts.withTags("kind", word(kind));
        }
        starts.withTags("kind", "join");
        REFUSALS.values().forEach(reason -> refusals.withTags("reason", reason));
        garbageCollection.bindTo(registry);
        List.of(
                        new JvmMemoryMetrics(),
                        new JvmThreadMetrics(),
                        new ProcessorMetrics(),
                        new FileDescriptorMetrics(),
                        new UptimeMetrics())
                .forEach(jvm -> jvm.bindTo(registry));
    }

    private void capacity() {
        Tags none = Tags.empty();
        gauge("cloudlet.machines", "Machines", Tags.of("use", "instance"), all -> all.capacity()
                .instances());
        gauge("cloudlet.machines", "Machines", Tags.of("use", "pool"), all -> all.capacity()
                .pooled());
        gauge("cloudlet.machines.limit", "The most machines", none, all -> all.capacity()
                .maxInstances());
        bytes("cloudlet.memory.promised", "RAM of all machines together", all -> all.capacity()
                .memoryPromised());
        bytes("cloudlet.memory.limit", "The most RAM that may be promised", all -> all.capacity()
                .memoryLimit());
        bytes("cloudlet.memory.reserve", "Memory that is left to the host", all -> all.capacity()
                .memoryReserve());
        bytes("cloudlet.disk.free", "Space left where the data is", all -> all.capacity()
                .diskFree());
        bytes("cloudlet.disk.reserve", "Space that is left free", all -> all.capacity()
                .diskReserve());
    }

    private void host() {
        bytes("cloudlet.host.memory", "Memory of the host", all -> all.load().totalMemoryBytes());
        bytes("cloudlet.host.memory.available", "Memory of the host that is left", all -> all.capacity()
                .memoryAvailable());
        gauge(
                "cloudlet.host.cpu.usage.ratio",
                "How busy the host's processors are, 0 to 1",
                Tags.empty(),
                all -> all.load().usagePercent() / 100);
    }

    private void bytes(String name, String description, ToDoubleFunction<Snapshot> value) {
        Gauge.builder(name, this, meters -> value.applyAsDouble(meters.now))
                .description(description)
                .baseUnit("bytes")
                .register(registry);
    }

    private void gauge(String name, String description, Tags tags, ToDoubleFunction<Snapshot> value) {
        Gauge.builder(name, this, meters -> value.applyAsDouble(meters.now))
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    void started(StartKind kind, boolean joined, Duration took) {
        starts.withTags("kind", joined ? "join" : word(kind)).record(took);
    }

    void notStarted(ErrorCode reason) {
        failedStarts.withTags("reason", word(reason)).increment();
    }

    void answered(String route, int status) {
        requests.withTags("path", route, "status", Integer.toString(status)).increment();
        String reason = REFUSALS.get(status);
        if (reason != null) {
            refusals.withTags("reason", reason).increment();
        }
    }

    /** One at a time, so that all figures of an answer are of one moment. */
    synchronized String text() {
        now = Snapshot.of(sources);
        poolReady.register(rows(PoolStatus::ready), true);
        poolWanted.register(rows(PoolStatus::wanted), true);
        return registry.scrape();
    }

    private List<MultiGauge.Row<?>> rows(ToDoubleFunction<PoolStatus> value) {
        return now.pools().stream()
                .<MultiGauge.Row<?>>map(
                        pool -> MultiGauge.Row.of(Tags.of("service", pool.serviceId()), value.applyAsDouble(pool)))
                .toList();
    }

    @Override
    public void close() {
        garbageCollection.close();
        registry.close();
    }
}
