package org.kdcloudlet.server.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.kdcloudlet.server.app.App;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.host.HostLoad;
import org.kdcloudlet.server.instance.Instance;
import org.kdcloudlet.server.instance.InstanceState;

/**
 * The JSON objects of spec/device-api.md. Their field names and types are fixed: the stock client turns anything else into
 * null.
 */
final class WireJson {
    private static final JsonFactory JSON = new JsonFactory();

    private WireJson() {}

    /** Writes one object. */
    @FunctionalInterface
    private interface Content {
        void writeTo(JsonGenerator json) throws IOException;
    }

    private static byte[] object(Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            content.writeTo(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** {@code {}} */
    static byte[] empty() {
        return object(json -> {});
    }

    /** An object with one empty list. */
    static byte[] emptyList(String name) {
        return object(json -> list(json, name, List.of()));
    }

    /** {@code {"services": [SERVICE...]}} */
    static byte[] services(List<Service> services) {
        return object(json -> writeServices(json, services));
    }

    /** {@code {"apps": [APP...]}} */
    static byte[] apps(List<App> apps) {
        return object(json -> writeApps(json, apps));
    }

    /** SERVICE */
    static byte[] service(Service service) {
        return object(json -> writeService(json, service));
    }

    /**
     * SVM
     *
     * @param address of this cloudlet that the device can reach
     */
    static byte[] serviceVm(Instance instance, String address) {
        return object(json -> {
            json.writeStringField("_id", instance.id().toString());
            json.writeStringField("service_id", instance.serviceId());
            json.writeBooleanField("running", instance.state() == InstanceState.READY);
            if (instance.forward().isPresent()) {
                json.writeNumberField("port", instance.forward().get().hostPort());
            } else {
                json.writeNullField("port");
            }
            json.writeStringField("ip_address", address);
            json.writeNullField("vnc_address");
            json.writeNullField("ssh_port");
            json.writeNullField("fqdn");
        });
    }

    /**
     * SYSTEM
     *
     * @param services the services, when they were asked for
     * @param apps the apps, when they were asked for
     */
    static byte[] system(HostLoad load, Optional<List<Service>> services, Optional<List<App>> apps) {
        return object(json -> {
            json.writeObjectFieldStart("memory_info");
            json.writeNumberField("max_memory", load.totalMemoryBytes());
            json.writeNumberField("free_memory", load.freeMemoryBytes());
            json.writeEndObject();
            json.writeObjectFieldStart("cpu_info");
            json.writeNumberField("max_cores", load.cores());
            json.writeNumberField("usage", load.usagePercent());
            json.writeStringField("speed", String.format(Locale.ROOT, "%.3f", load.speedMhz()));
            json.writeNumberField("cache", load.cacheKib());
            json.writeEndObject();
            if (services.isPresent()) {
                writeServices(json, services.get());
            }
            if (apps.isPresent()) {
                writeApps(json, apps.get());
            }
        });
    }

    private static void writeServices(JsonGenerator json, List<Service> services) throws IOException {
        json.writeArrayFieldStart("services");
        for (Service service : services) {
            json.writeStartObject();
            writeService(json, service);
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeService(JsonGenerator json, Service service) throws IOException {
        json.writeStringField("_id", service.id());
        json.writeStringField("service_id", service.serviceId());
        json.writeStringField("description", service.definition().description());
        json.writeStringField("version", service.definition().version());
        list(json, "tags", service.definition().tags());
    }

    private static void writeApps(JsonGenerator json, List<App> apps) throws IOException {
        json.writeArrayFieldStart("apps");
        for (App app : apps) {
            json.writeStartObject();
            json.writeStringField("_id", app.id());
            json.writeStringField("name", app.details().name());
            json.writeStringField("service_id", app.metadata().serviceId().orElse(null));
            json.writeStringField("description", app.metadata().description());
            json.writeStringField("package_name", app.details().packageName());
            json.writeStringField("min_android_version", app.details().minAndroid());
            json.writeStringField("md5sum", app.content().md5());
            json.writeStringField("app_version", app.details().versionName());
            list(json, "tags", app.metadata().tags());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void list(JsonGenerator json, String name, List<String> values) throws IOException {
        json.writeArrayFieldStart(name);
        for (String value : values) {
            json.writeString(value);
        }
        json.writeEndArray();
    }
}
