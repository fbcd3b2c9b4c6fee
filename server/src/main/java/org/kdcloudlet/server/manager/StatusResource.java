package org.kdcloudlet.server.manager;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.List;
import org.kdcloudlet.hypervisor.HypervisorStatus;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.host.LoadJson;
import org.kdcloudlet.server.instance.Capacity;
import org.kdcloudlet.server.tls.CertificateText;

/** {@code /v1/status}, and {@code /v1/certificate}, which has to be got by a way that is trusted already. */
final class StatusResource {
    private final AdminApi.Parts parts;

    StatusResource(AdminApi.Parts parts) {
        this.parts = parts;
    }

    List<AdminRoute> routes() {
        return List.of(AdminRoute.get("/v1/status", this::show), AdminRoute.get("/v1/certificate", this::certificate));
    }

    private void show(Context context) {
        ServerStatus status = parts.status().get();
        Capacity capacity = parts.instances().capacity();
        ObjectNode json = AdminJson.object();
        json.put("name", status.name());
        json.put("version", status.version());
        json.put("started", AdminJson.time(status.started()));
        json.set("hypervisor", hypervisor(status.hypervisor()));
        json.set("load", LoadJson.of(status.load()));
        json.set("capacity", capacity(capacity));
        json.putObject("counts")
                .put("services", parts.catalog().list().size())
                .put("instances", capacity.instances())
                .put("pooled", capacity.pooled());
        status.addresses().forEach(address -> json.withArray("addresses").add(address.getHostAddress()));
        json.putObject("api")
                .put("address", status.apiAddress().getHostAddress())
                .put("port", status.apiPort());
        ObjectNode discovery = json.putObject("discovery");
        discovery.put("state", status.discovery().state());
        discovery.put("method", status.discovery().method());
        discovery.put("instance_name", status.discovery().instanceName());
        status.discovery().interfaces().forEach(discovery.putArray("interfaces")::add);
        json.put("manager", status.manager().map(URI::toString).orElse(null));
        AdminJson.reply(json).sendTo(context);
    }

    private void certificate(Context context) {
        X509Certificate authority = parts.status()
                .get()
                .authority()
                .orElseThrow(() -> new CloudletException(
                        ErrorCode.CONFLICT,
                        "The Manager speaks no TLS; set manager.tls to \"own\" or \"files\" first."));
        AdminJson.reply(AdminJson.object()
                        .put("subject", authority.getSubjectX500Principal().getName())
                        .put("sha256", CertificateText.fingerprint(authority))
                        .put("ends", AdminJson.time(authority.getNotAfter().toInstant()))
                        .put("pem", CertificateText.pem(authority)))
                .sendTo(context);
    }

    private static ObjectNode hypervisor(HypervisorStatus status) {
        ObjectNode json = AdminJson.object();
        json.put("name", status.name());
        json.put("version", status.version());
        json.put("accelerator", AdminJson.name(status.accelerator()));
        json.put("accelerator_reason", status.acceleratorReason());
        status.isolation().forEach(json.putArray("isolation")::add);
        return json;
    }

    private static ObjectNode capacity(Capacity capacity) {
        return AdminJson.object()
                .put("instances", capacity.instances())
                .put("pooled", capacity.pooled())
                .put("max_instances", capacity.maxInstances())
                .put("memory_promised", capacity.memoryPromised())
                .put("memory_limit", capacity.memoryLimit())
                .put("memory_available", capacity.memoryAvailable())
                .put("memory_reserve", capacity.memoryReserve())
                .put("disk_free", capacity.diskFree())
                .put("disk_reserve", capacity.diskReserve());
    }
}
