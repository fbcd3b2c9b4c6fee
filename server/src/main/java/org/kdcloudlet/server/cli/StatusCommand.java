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
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Cloudlet", join(status, "name", ", version ", "version")));
        addHypervisor(rows, status.path("hypervisor"));
        JsonNode counts = status.path("counts");
        rows.add(List.of("Services", counts.path("services").asText()));
        rows.add(List.of("Instances", join(counts, "instances", ", and waiting in pools: ", "pooled")));
        addCapacity(rows, status.path("capacity"));
        rows.add(List.of("Device API", join(status.path("api"), "address", ":", "port")));
        rows.add(List.of("Discovery", discovery(status.path("discovery"))));
        return rows;
    }

    private static void addHypervisor(List<List<String>> rows, JsonNode hypervisor) {
        rows.add(List.of("Hypervisor", join(hypervisor, "name", " ", "version")));
        rows.add(List.of("Acceleration", join(hypervisor, "accelerator", ": ", "accelerator_reason")));
        String title = "Isolation";
        for (JsonNode sentence : hypervisor.path("isolation")) {
            rows.add(List.of(title, sentence.asText()));
            title = "";
        }
    }

    private static void addCapacity(List<List<String>> rows, JsonNode capacity) {
        rows.add(List.of(
                "Memory",
                size(capacity, "memory_available") + " available, " + size(capacity, "memory_promised") + " of "
                        + size(capacity, "memory_limit") + " promised to machines"));
        rows.add(List.of(
                "Disk", size(capacity, "disk_free") + " free, " + size(capacity, "disk_reserve") + " of it reserved"));
    }

    private static String discovery(JsonNode discovery) {
        String name = discovery.path("instance_name").asText();
        return discovery.path("state").asText()
                + (name.isEmpty()
                        ? ""
                        : " as " + name + " (" + discovery.path("method").asText() + ")");
    }

    private static String join(JsonNode node, String first, String between, String second) {
        return node.path(first).asText() + between + node.path(second).asText();
    }

    private static String size(JsonNode node, String field) {
        return Console.size(node.path(field).asLong());
    }
}
