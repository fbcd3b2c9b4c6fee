package org.kdcloudlet.client.mdns;

import java.time.Instant;
import org.xbill.DNS.Name;

/** What is known of one instance: that it exists (PTR), where (SRV), and how to speak to it (TXT). */
final class Instance {
    private static final long[] RESOLVE_DELAYS = {0, 250, 1000, 3000, 10_000};

    final Name name;
    final String label;
    final Lifetime pointer;
    Lifetime service;
    Name target = Name.root;
    int port;
    Lifetime text;
    boolean encryption;
    Instant lastHeard;
    private int resolves;
    private long nextResolve;

    Instance(Name name, String label, Lifetime pointer, long now, Instant heard) {
        this.name = name;
        this.label = label;
        this.pointer = pointer;
        lastHeard = heard;
        nextResolve = now;
    }

    boolean isLocated() {
        return service != null && text != null;
    }

    /** When to ask for the records that are missing; never again after five times, until something is heard. */
    long nextResolve() {
        return resolves >= RESOLVE_DELAYS.length ? Long.MAX_VALUE : nextResolve;
    }

    void resolved(long now) {
        resolves++;
        if (resolves < RESOLVE_DELAYS.length) {
            nextResolve = now + RESOLVE_DELAYS[resolves];
        }
    }

    /** Something that was known is gone: asks again, from the beginning. */
    void forgotSomething(long now) {
        resolves = 0;
        nextResolve = now;
    }
}
