package org.kdcloudlet.server;

import org.kdcloudlet.server.host.HostResources;

/** A host with as much memory and disk as a test says. */
public final class FakeHost implements HostResources {
    private volatile long memory = 64L << 30;
    private volatile long disk = 64L << 30;

    public void memoryAvailable(long bytes) {
        memory = bytes;
    }

    public void diskFree(long bytes) {
        disk = bytes;
    }

    @Override
    public long memoryAvailable() {
        return memory;
    }

    @Override
    public long memoryTotal() {
        return 64L << 30;
    }

    @Override
    public long diskFree() {
        return disk;
    }

    @Override
    public long diskTotal() {
        return 128L << 30;
    }
}
