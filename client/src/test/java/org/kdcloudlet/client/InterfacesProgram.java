package org.kdcloudlet.client;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceInfo;
import org.awaitility.Awaitility;

/**
 * What {@link InterfacesTest} runs in a network namespace of its own, where interfaces can come and go: a finder on all
 * suitable ones, and a real responder. Prints what the finder tells.
 */
final class InterfacesProgram {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private InterfacesProgram() {}

    /** Ends the JVM in any case: the threads of the responders would keep it. */
    public static void main(String[] arguments) {
        try {
            follow();
            System.exit(0);
        } catch (Exception | AssertionError e) {
            e.printStackTrace(System.out);
            System.exit(1);
        }
    }

    private static void follow() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        ip("link", "set", "lo", "up");
        try (CloudletFinder finder = CloudletFinder.open()) {
            finder.addListener(new CloudletListener() {
                @Override
                public void found(Cloudlet cloudlet) {
                    tell(told, "found", cloudlet);
                }

                @Override
                public void updated(Cloudlet cloudlet) {
                    tell(told, "updated", cloudlet);
                }

                @Override
                public void removed(Cloudlet cloudlet) {
                    tell(told, "removed", cloudlet);
                }
            });
            bring("net0", "10.77.0.1");
            announce("10.77.0.1");
            await(told, "found ridge 10.77.0.1");
            bring("net1", "10.78.0.1");
            JmDNS responder = announce("10.78.0.1");
            await(told, "updated ridge 10.77.0.1 10.78.0.1");
            ip("link", "delete", "net0");
            await(told, "updated ridge 10.78.0.1");
            ip("link", "set", "net1", "down");
            await(told, "removed ridge 10.78.0.1");
            // It does not always recover from a network that was away.
            responder.close();
            ip("link", "set", "net1", "up");
            announce("10.78.0.1");
            await(told, "found ridge 10.78.0.1");
        }
    }

    private static void tell(List<String> told, String what, Cloudlet cloudlet) {
        StringBuilder line = new StringBuilder(what + " " + cloudlet.name());
        cloudlet.addresses().stream()
                .map(InetAddress::getHostAddress)
                .filter(address -> address.indexOf(':') < 0)
                .sorted()
                .forEach(address -> line.append(' ').append(address));
        told.add(line.toString());
        System.out.println(line);
    }

    /** Waits for the line, and takes it and those before it away. */
    private static void await(List<String> told, String line) {
        Awaitility.await(line).atMost(DEADLINE).until(() -> told.contains(line));
        told.clear();
    }

    private static void bring(String name, String address) throws Exception {
        ip("link", "add", name, "type", "veth", "peer", "name", name + "p");
        ip("address", "add", address + "/24", "dev", name);
        ip("link", "set", name + "p", "up");
        ip("link", "set", name, "up");
    }

    private static JmDNS announce(String address) throws IOException {
        JmDNS responder = JmDNS.create(InetAddress.getByName(address), "ridge");
        responder.registerService(
                ServiceInfo.create("_cloudlet._tcp.local.", "ridge", 9999, 0, 0, Map.of("encryption", "disabled")));
        return responder;
    }

    private static void ip(String... arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        int status = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (status != 0) {
            throw new IOException(command + " ended with " + status);
        }
    }
}
