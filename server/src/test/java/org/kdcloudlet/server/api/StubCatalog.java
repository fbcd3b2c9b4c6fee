package org.kdcloudlet.server.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.server.catalog.Catalog;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.catalog.ServiceDefinition;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** A catalogue of fixed services. */
final class StubCatalog implements Catalog {
    private volatile List<Service> services = List.of();
    private volatile long revision;

    void set(Service... changed) {
        services = List.of(changed);
        revision++;
    }

    /** The service of the specification's example. */
    static Service speech() {
        ServiceDefinition definition = ServiceDefinition.builder()
                .serviceId("org.example.speech")
                .description("Speech \"Sphinx\" caf\u00e9")
                .version("1.0")
                .tags(List.of("speech", "audio"))
                .port(Protocol.TCP, 8080)
                .build();
        return new Service("5e7e5b0d1d41c8260f3d6a01", definition, Optional.of(1), Instant.EPOCH, Instant.EPOCH);
    }

    @Override
    public List<Service> list() {
        return services;
    }

    @Override
    public long revision() {
        return revision;
    }

    @Override
    public Optional<Service> find(String serviceId) {
        return services.stream()
                .filter(service -> service.serviceId().equals(serviceId))
                .findFirst();
    }

    @Override
    public Service get(String serviceId) {
        return find(serviceId).orElseThrow(() -> new CloudletException(ErrorCode.SERVICE_UNKNOWN, "Unknown"));
    }

    @Override
    public Optional<Service> byId(String id) {
        return services.stream().filter(service -> service.id().equals(id)).findFirst();
    }

    @Override
    public Service add(ServiceDefinition definition) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Service edit(String serviceId, ServiceDefinition definition) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void delete(String serviceId, boolean force) {
        throw new UnsupportedOperationException();
    }
}
