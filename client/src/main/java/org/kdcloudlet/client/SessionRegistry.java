package org.kdcloudlet.client;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;

/** The sessions of a client that are open. Thread-safe. */
final class SessionRegistry {
    private static final long STOP_MILLIS = 2000;

    private final Set<ServiceSession> open = new LinkedHashSet<>();

    synchronized void add(ServiceSession session) {
        open.add(session);
    }

    synchronized void remove(ServiceSession session) {
        open.remove(session);
    }

    void closeAll() {
        List<ServiceSession> all;
        synchronized (this) {
            all = new ArrayList<>(open);
        }
        List<Future<?>> stops = new ArrayList<>();
        all.forEach(session -> stops.add(session.closeAsync()));
        Farewell.await(stops, STOP_MILLIS);
    }
}
