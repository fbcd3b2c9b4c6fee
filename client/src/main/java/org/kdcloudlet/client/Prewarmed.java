package org.kdcloudlet.client;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Instances that were started ahead of need, at most one for each service. Thread-safe. */
final class Prewarmed implements Closeable {
    private static final long STOP_MILLIS = 2000;

    private final Calls calls;
    private final long waitMillis;
    private final Map<String, Held> held = new HashMap<>();
    private boolean closed;

    Prewarmed(Calls calls, long waitMillis) {
        this.calls = calls;
        this.waitMillis = waitMillis;
    }

    /** An instance and where it runs. */
    static final class Held {
        final CloudletApi api;
        final ServiceVm instance;
        private Future<?> end;

        private Held(CloudletApi api, ServiceVm instance) {
            this.api = api;
            this.instance = instance;
        }
    }

    void keep(String serviceId, CloudletApi api, ServiceVm instance) {
        Held fresh = new Held(api, instance);
        Held surplus;
        synchronized (this) {
            surplus = closed ? fresh : held.put(serviceId, fresh);
            if (!closed) {
                fresh.end = calls.timer().schedule(() -> expire(serviceId, fresh), waitMillis, TimeUnit.MILLISECONDS);
            }
        }
        if (surplus != null) {
            stop(surplus);
        }
    }

    synchronized Optional<Held> take(String serviceId) {
        Held one = held.remove(serviceId);
        if (one != null) {
            one.end.cancel(false);
        }
        return Optional.ofNullable(one);
    }

    private void expire(String serviceId, Held one) {
        synchronized (this) {
            if (!held.remove(serviceId, one)) {
                return;
            }
        }
        stop(one);
    }

    private static void stop(Held one) {
        one.api.stopAsync(one.instance.id());
    }

    @Override
    public void close() {
        List<Held> all;
        synchronized (this) {
            closed = true;
            all = new ArrayList<>(held.values());
            held.clear();
        }
        List<Future<?>> stops = new ArrayList<>();
        all.forEach(one -> stops.add(one.api.stopAsync(one.instance.id())));
        Farewell.await(stops, STOP_MILLIS);
    }
}
