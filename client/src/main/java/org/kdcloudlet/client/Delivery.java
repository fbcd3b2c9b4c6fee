package org.kdcloudlet.client;

import java.util.Collections;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * Brings one listener from what it was told last to what is known now. There is never more than one task of it waiting, so
 * that neither a slow listener nor a flood of changes fills memory.
 */
final class Delivery {
    private final CloudletListener listener;
    private final Executor executor;
    private Map<String, Cloudlet> latest = Collections.emptyMap();
    private boolean waiting;
    private volatile boolean ended;
    /** Used by the executor's one thread alone. */
    private Map<String, Cloudlet> told = Collections.emptyMap();

    Delivery(CloudletListener listener, Executor executor) {
        this.listener = listener;
        this.executor = executor;
    }

    /** @param known must not change any more */
    synchronized void offer(Map<String, Cloudlet> known) {
        latest = known;
        if (!waiting && !ended) {
            waiting = true;
            executor.execute(this::deliver);
        }
    }

    void end() {
        ended = true;
    }

    private synchronized Map<String, Cloudlet> collect() {
        waiting = false;
        return latest;
    }

    private void deliver() {
        Map<String, Cloudlet> now = collect();
        Map<String, Cloudlet> before = told;
        told = now;
        before.forEach((name, cloudlet) -> {
            if (!ended && !now.containsKey(name)) {
                listener.removed(cloudlet);
            }
        });
        now.forEach((name, cloudlet) -> {
            Cloudlet earlier = before.get(name);
            if (ended || cloudlet.equals(earlier)) {
                return;
            }
            if (earlier == null) {
                listener.found(cloudlet);
            } else {
                listener.updated(cloudlet);
            }
        });
    }
}
