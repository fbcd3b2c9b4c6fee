package org.kdcloudlet.client;

/**
 * Hears of cloudlets as they come and go. Calls come one after the other on a thread of the finder's that nothing else waits
 * for. A listener that is slow hears less often, but always of the latest state, and never twice of the same.
 */
public interface CloudletListener {
    /**
     * A cloudlet that was not known before.
     *
     * @param cloudlet complete: it has an address and a port
     */
    void found(Cloudlet cloudlet);

    /**
     * Something about a known cloudlet is different: its addresses, its port, its encryption. Does nothing by default.
     *
     * @param cloudlet as it is now
     */
    default void updated(Cloudlet cloudlet) {}

    /**
     * A cloudlet said goodbye, was not heard of for as long as its records are valid, or its network went away. Does nothing
     * by default.
     *
     * @param cloudlet as it was known last
     */
    default void removed(Cloudlet cloudlet) {}
}
