package org.kdcloudlet.server.api;

import java.net.InetAddress;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.instance.Instance;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.web.Reply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /api/servicevm}: starts and stops Service VMs for devices. */
final class ServiceVmHandlers {
    private static final Logger log = LoggerFactory.getLogger(ServiceVmHandlers.class);
    private static final Pattern UUID_FORM =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    private final Instances instances;
    private final DeviceLimits limits;
    private final Optional<InetAddress> fixedAddress;

    /** @param fixedAddress what devices are told as the address of Service VMs; empty: the address at which they reached us */
    ServiceVmHandlers(Instances instances, DeviceLimits limits, Optional<InetAddress> fixedAddress) {
        this.instances = instances;
        this.limits = limits;
        this.fixedAddress = fixedAddress;
    }

    Reply start(DeviceRequest request) {
        Optional<String> serviceId = request.parameter("serviceId");
        if (serviceId.isEmpty()) {
            return Reply.text(400, "Parameter serviceId is missing");
        }
        try (DeviceLimits.StartPermit permit = limits.admitStart(request.clientAddress(), request.deviceId())) {
            Instance instance = permit.during(() -> instances.start(serviceId.get(), request.flag("join")));
            InetAddress address = fixedAddress.orElseGet(request::reachedAt);
            return Reply.json(WireJson.serviceVm(instance, address.getHostAddress()));
        } catch (CloudletException e) {
            return notStarted(e);
        }
    }

    private static Reply notStarted(CloudletException e) {
        return switch (e.code()) {
            case SERVICE_UNKNOWN -> Reply.text(400, "There is no service of this id");
            case NO_ROOM, PORTS_EXHAUSTED, STORAGE_FULL, SHUTTING_DOWN -> Reply.text(503, e.getMessage());
            default -> {
                log.warn("A device's start failed: {}: {}", e.code(), e.getMessage());
                yield Reply.text(500, "The service could not be started");
            }
        };
    }

    Reply stop(DeviceRequest request) {
        Optional<String> id = request.parameter("instanceId");
        if (id.isEmpty()) {
            return Reply.text(400, "Parameter instanceId is missing");
        }
        if (!UUID_FORM.matcher(id.get()).matches()) {
            return unknownInstance();
        }
        try {
            instances.stop(UUID.fromString(id.get()));
            return Reply.json(WireJson.empty());
        } catch (CloudletException e) {
            if (e.code() == ErrorCode.INSTANCE_UNKNOWN) {
                return unknownInstance();
            }
            log.warn("A device's stop of {} failed: {}: {}", id.get(), e.code(), e.getMessage());
            return Reply.text(500, "The Service VM could not be stopped");
        }
    }

    private static Reply unknownInstance() {
        return Reply.text(404, "There is no Service VM of this id");
    }
}
