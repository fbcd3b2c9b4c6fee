package org.kdcloudlet.client.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.File;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.kdcloudlet.client.ClientBuilder;
import org.kdcloudlet.client.Cloudlet;
import org.kdcloudlet.client.CloudletClient;
import org.kdcloudlet.client.CloudletFinder;
import org.kdcloudlet.client.FileCredentialStore;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that all commands share, and how they find their cloudlet. */
abstract class DeviceCommand implements Callable<Integer> {
    private static final Duration NAME_SEARCH = Duration.ofSeconds(5);

    Output output;

    @Spec
    CommandSpec spec;

    @Option(names = "--json", description = "Print JSON.")
    boolean json;

    @Option(
            names = "--at",
            paramLabel = "CLOUDLET",
            description = "An address, the content of a QR code, or the name of a cloudlet in reach."
                    + " Default: the best one, or all of them for lists.")
    private String at;

    @Option(
            names = "--interface",
            paramLabel = "NAME",
            description = "Look on this network interface only. Repeatable.")
    private List<String> interfaces = new ArrayList<>();

    @Option(names = "--device-id", paramLabel = "ID", description = "The id of this device, for encrypted mode.")
    private String deviceId;

    @Option(
            names = "--credentials",
            paramLabel = "FOLDER",
            description = "Where the keys of paired cloudlets are (default: ${DEFAULT-VALUE}).",
            defaultValue = "${sys:user.home}/.config/kdcloudlet/cloudlets")
    private File credentials;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description =
                    "How long a call may take (default: ${DEFAULT-VALUE}; starting, stopping and downloading: 5 min).")
    private int timeout = 10;

    /** Prints the result of the command; returns the exit status. */
    abstract int run(CloudletClient client) throws Exception;

    @Override
    public Integer call() throws Exception {
        if (timeout < 1) {
            throw new ParameterException(spec.commandLine(), "--timeout takes a whole number of seconds from 1 on.");
        }
        for (String name : interfaces) {
            if (NetworkInterface.getByName(name) == null) {
                throw new IllegalArgumentException("There is no network interface called " + name + ".");
            }
        }
        CloudletFinder finder = CloudletFinder.builder()
                .interfaces(interfaces.toArray(String[]::new))
                .open();
        ClientBuilder builder = CloudletClient.builder()
                .finder(finder)
                .callTimeout(Duration.ofSeconds(timeout))
                .credentials(new FileCredentialStore(credentials));
        if (deviceId != null) {
            builder.deviceId(deviceId);
        }
        try (finder;
                CloudletClient client = builder.build()) {
            return run(client);
        }
    }

    /** The cloudlet that was asked for. */
    Optional<Cloudlet> chosen(CloudletClient client) throws InterruptedException {
        if (at == null) {
            return Optional.empty();
        }
        if (at.indexOf('.') >= 0 || at.indexOf(':') >= 0 || at.equals("localhost")) {
            return Optional.of(Cloudlet.parse(at));
        }
        List<Cloudlet> found =
                client.finder().find(NAME_SEARCH, all -> all.stream().anyMatch(this::isNamed));
        return Optional.of(found.stream()
                .filter(this::isNamed)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("No cloudlet called " + at + " is in reach.")));
    }

    private boolean isNamed(Cloudlet cloudlet) {
        return cloudlet.name().equalsIgnoreCase(at) || cloudlet.instanceName().equalsIgnoreCase(at);
    }

    /** The cloudlet that was asked for, or all in reach. */
    List<Cloudlet> places(CloudletClient client) throws InterruptedException {
        Optional<Cloudlet> chosen = chosen(client);
        List<Cloudlet> places =
                chosen.isPresent() ? List.of(chosen.get()) : client.finder().find(Duration.ofMillis(1500));
        if (places.isEmpty()) {
            throw new IllegalArgumentException("No cloudlet is in reach. Name one with --at ADDRESS:PORT.");
        }
        return places;
    }

    /** The cloudlet that was asked for, or the best for a service. */
    Cloudlet placeFor(CloudletClient client, String serviceId) throws InterruptedException {
        return chosen(client).orElseGet(() -> client.findBest(serviceId));
    }

    static JsonObject json(Cloudlet cloudlet) {
        JsonObject object = new JsonObject();
        object.addProperty("name", cloudlet.name());
        object.addProperty("instance", cloudlet.instanceName());
        JsonArray addresses = new JsonArray();
        cloudlet.addresses().stream().map(InetAddress::getHostAddress).forEach(addresses::add);
        object.add("addresses", addresses);
        object.addProperty("port", cloudlet.port());
        object.addProperty("encryption", cloudlet.isEncrypted());
        object.addProperty("uri", cloudlet.toUri().toString());
        return object;
    }

    static void add(JsonObject object, String name, Optional<String> value) {
        object.add(name, value.isPresent() ? new JsonPrimitive(value.get()) : JsonNull.INSTANCE);
    }

    static JsonArray array(List<String> texts) {
        JsonArray array = new JsonArray();
        texts.forEach(array::add);
        return array;
    }
}
