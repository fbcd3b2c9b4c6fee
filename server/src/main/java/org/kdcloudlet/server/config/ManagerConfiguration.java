package org.kdcloudlet.server.config;

/**
 * Administration. The Unix socket {@code cloudlet.sock} in the data folder is always there; it is the only way to administer.
 *
 * @param port TCP port on 127.0.0.1 that answers {@code GET /healthz} and nothing else; 0 opens none
 */
public record ManagerConfiguration(int port) {
    static ManagerConfiguration read(Section section) {
        return new ManagerConfiguration(section.integer("port", 9998, 0, 65_535));
    }
}
