package org.kdcloudlet.server.api;

/** Is told of every request of a device that was answered, by the thread that did; so it must be quick and must not throw. */
@FunctionalInterface
public interface RequestListener {
    /**
     * @param route the path that this server offers, never what a device made of it
     * @param status of the answer
     */
    void answered(String route, int status);
}
