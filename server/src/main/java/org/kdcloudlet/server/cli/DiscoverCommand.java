package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.kdcloudlet.server.host.Discovery;
import org.kdcloudlet.server.host.HostAddresses;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cloudlet discover}: needs no server. */
@Command(
        name = "discover",
        mixinStandardHelpOptions = true,
        description = "Lists the cloudlets in reach, found by mDNS.")
final class DiscoverCommand implements Runnable {
    @Option(names = "--seconds", paramLabel = "N", description = "How long to look (default: ${DEFAULT-VALUE}).")
    private int seconds = 3;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public void run() {
        List<Discovery.Found> found = look();
        Console console = new Console(System.out);
        if (json) {
            console.json(asJson(found));
        } else if (found.isEmpty()) {
            throw new CommandFailedException(ExitStatus.FAILED, "No cloudlet answered within " + seconds + " seconds.");
        } else {
            console.table(
                    List.of("NAME", "ADDRESS", "PORT", "ENCRYPTION"),
                    found.stream().map(DiscoverCommand::row).toList());
        }
    }

    private List<Discovery.Found> look() {
        try {
            return new Discovery(new HostAddresses(List.of())).look(Duration.ofSeconds(seconds));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailedException(ExitStatus.FAILED, "Interrupted.");
        }
    }

    private static List<String> row(Discovery.Found cloudlet) {
        return List.of(
                cloudlet.instance(),
                String.join(
                        ", ",
                        cloudlet.addresses().stream()
                                .map(InetAddress::getHostAddress)
                                .toList()),
                Integer.toString(cloudlet.port()),
                cloudlet.encryption() ? "enabled" : "disabled");
    }

    private static ArrayNode asJson(List<Discovery.Found> found) {
        ArrayNode all = new ObjectMapper().createArrayNode();
        for (Discovery.Found cloudlet : found) {
            ObjectNode one = all.addObject();
            one.put("name", cloudlet.name());
            one.put("instance", cloudlet.instance());
            cloudlet.addresses().forEach(address -> one.withArray("addresses").add(address.getHostAddress()));
            one.put("port", cloudlet.port());
            one.put("encryption", cloudlet.encryption());
        }
        return all;
    }
}
