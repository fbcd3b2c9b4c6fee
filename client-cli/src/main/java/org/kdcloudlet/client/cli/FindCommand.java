package org.kdcloudlet.client.cli;

import com.google.gson.JsonArray;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.kdcloudlet.client.Cloudlet;
import org.kdcloudlet.client.CloudletClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code cloudlet-client find}. */
@Command(name = "find", mixinStandardHelpOptions = true, description = "Lists the cloudlets in reach.")
final class FindCommand extends DeviceCommand {
    private static final int LONGEST_SECONDS = 3600;

    @Option(names = "--seconds", paramLabel = "N", description = "How long to look (default: ${DEFAULT-VALUE}).")
    private double seconds = 1.5;

    @Override
    int run(CloudletClient client) throws InterruptedException {
        if (!(seconds > 0 && seconds <= LONGEST_SECONDS)) {
            throw new ParameterException(
                    spec.commandLine(), "--seconds takes a number above 0, at most " + LONGEST_SECONDS + ".");
        }
        List<Cloudlet> found = client.finder().find(Duration.ofMillis((long) (seconds * 1000)));
        if (json) {
            JsonArray all = new JsonArray();
            found.forEach(cloudlet -> all.add(json(cloudlet)));
            output.json(all);
            return 0;
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException("No cloudlet answered within " + seconds + " s.");
        }
        output.table(
                List.of("NAME", "ADDRESS", "PORT", "ENCRYPTION"),
                found.stream().map(FindCommand::row).toList());
        return 0;
    }

    private static List<String> row(Cloudlet cloudlet) {
        return List.of(
                cloudlet.instanceName(),
                cloudlet.addresses().stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", ")),
                Integer.toString(cloudlet.port()),
                cloudlet.isEncrypted() ? "enabled" : "disabled");
    }
}
