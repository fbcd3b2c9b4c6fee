package org.kdcloudlet.server.catalog;

import java.nio.file.Path;
import java.time.Clock;
import java.util.function.Supplier;
import org.kdcloudlet.hypervisor.HostPorts;
import org.kdcloudlet.server.host.HostResources;

/**
 * Where images are kept and prepared.
 *
 * @param folder of the imported files
 * @param work folder for what is needed for a moment, on the same file system; emptied at start
 * @param templateKeys folder of the keys by which templates from elsewhere are known
 * @param settings how they are kept
 * @param preparationPorts host ports for machines that are made into templates; nobody else should reach them
 * @param host whose disk must not fill up
 * @param clock for the time of imports
 */
public record ImageSurroundings(
        Path folder,
        Path work,
        Path templateKeys,
        Supplier<CatalogSettings> settings,
        HostPorts preparationPorts,
        HostResources host,
        Clock clock) {}
