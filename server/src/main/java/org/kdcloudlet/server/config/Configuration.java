package org.kdcloudlet.server.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kdcloudlet.server.app.AppSettings;
import org.kdcloudlet.server.catalog.CatalogSettings;
import org.kdcloudlet.server.catalog.PackageSettings;
import org.kdcloudlet.server.instance.InstanceSettings;

/**
 * Everything that an operator can configure, one record per concern. Reading it reports all problems at once and refuses
 * unknown keys. {@code docs/reference/configuration.md} describes each key; a test compares them.
 */
public record Configuration(
        ServerConfiguration server,
        DeviceApiConfiguration deviceApi,
        ManagerConfiguration manager,
        LimitsConfiguration limits,
        InstanceSettings instances,
        CatalogSettings images,
        AppSettings apps,
        PackageSettings packages,
        DiscoveryConfiguration discovery,
        HypervisorConfiguration hypervisor,
        LoggingConfiguration logging) {

    /** What holds without any file. */
    public static Configuration defaults() {
        return load(Optional.empty(), Map.of());
    }

    /**
     * Reads a file, if one is given, and then command-line options.
     *
     * @param overrides key, e.g. {@code device-api.port}, to value
     * @throws ConfigurationException with all problems
     */
    public static Configuration load(Optional<Path> file, Map<String, Object> overrides) {
        return LoadedConfiguration.load(file, Map.of(), overrides).configuration();
    }

    /** All keys with their defaults, in the order in which the records declare them. */
    public static List<Setting> settings() {
        Document document = new Document();
        read(document);
        return document.settings();
    }

    /** Reads all records; what is wrong is a problem of the document then. */
    static Configuration read(Document document) {
        ServerConfiguration server = ServerConfiguration.read(new Section("server", document));
        DeviceApiConfiguration deviceApi = DeviceApiConfiguration.read(new Section("device-api", document));
        ManagerConfiguration manager = ManagerConfiguration.read(new Section("manager", document));
        LimitsConfiguration limits = LimitsConfiguration.read(new Section("limits", document));
        InstanceSettings instances = InstancesSection.read(new Section("instances", document));
        return new Configuration(
                server,
                deviceApi,
                manager,
                limits,
                instances,
                ImagesSection.read(new Section("images", document), instances.diskReserveBytes()),
                AppsSection.read(new Section("apps", document)),
                PackagesSection.read(new Section("packages", document)),
                DiscoveryConfiguration.read(new Section("discovery", document)),
                HypervisorConfiguration.read(new Section("hypervisor", document)),
                LoggingConfiguration.read(new Section("logging", document)));
    }
}
