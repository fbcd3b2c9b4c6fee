package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code cloudlet status}. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description =
                "Shows what runs machines here and why, the load, what is left of each limit, and how devices find this cloudlet.")
final class StatusCommand extends AdminCommand {
    @Override
    void run(AdminClient server) {
        JsonNode status = server.get("/v1/status");
        print(status, console -> console.properties(rows(status)));
    }

    private static List<List<String>> rows(JsonNode status) {
        JsonNode hypervisor = status.path("hypervisor");
        JsonNode capacity = status.path("capacity");
        JsonNode counts = status.path("counts");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "Cloudlet",
                status.path("name").asText() + ", version "
                        + status.path("version").asText()));
        rows.add(List.of(
                "Hypervisor",
                hypervisor.path("name").asText() + " "
                        + hypervisor.path("version").asText()));
        rows.add(List.of(
                "Acceleration",
                hypervisor.path("accelerator").asText() + ": "
                        + hypervisor.path("accelerator_reason").asText()));
        String title = "Isolation";
        for (JsonNode sentence : hypervisor.path("isolation")) {
            rows.add(List.of(title, sentence.asText()));
            title = "";
        }
        rows.add(List.of(
                "Services",
                counts.path("services").asText() + ", with "
                        + counts.path("instances").asText() + " instances and "
                        + counts.path("pooled").asText() + " waiting in pools"));
        rows.add(List.of(
                "Memory",
                Console.size(capacity.path("memory_available").asLong()) + " available, "
                        + Console.size(capacity.path("memory_promised").asLong()) + " of "
                        + Console.size(capacity.path("memory_limit").asLong()) + " promised to machines"));
        rows.add(List.of(
                "Disk",
                Console.size(capacity.path("disk_free").asLong()) + " free, "
                        + Console.size(capacity.path("disk_reserve").asLong()) + " of it reserved"));
        JsonNode api = status.path("api");
        rows.add(List.of(
                "Device API",
                api.path("address").asText() + ":" + api.path("port").asText()));
        JsonNode discovery = status.path("discovery");
        rows.add(List.of(
                "Discovery",
                discovery.path("state").asText() + " as "
                        + discovery.path("instance_name").asText()));
        return rows;
    }
}
