package org.kdcloudlet.server.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** The real avahi-daemon on a host of a {@link TestNetwork}, with a D-Bus system bus of its own. */
public final class AvahiDaemon {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final TestNetwork.Host host;
    private final String hostName;
    private final Path folder;
    private final TestProcess bus;
    private TestProcess daemon;

    /**
     * A service that avahi knows of.
     *
     * @param networkInterface on which it was heard
     * @param host the name of its host
     * @param address the first of it
     * @param text the TXT record, each string in quotation marks
     */
    public record Entry(String networkInterface, String name, String host, String address, int port, String text) {}

    private AvahiDaemon(TestNetwork.Host host, String hostName, Path folder, TestProcess bus) {
        this.host = host;
        this.hostName = hostName;
        this.folder = folder;
        this.bus = bus;
    }

    /** A bus without avahi on it yet. */
    public static AvahiDaemon onlyBus(TestNetwork.Host host, String hostName, Path parent) {
        try {
            Path folder = Files.createTempDirectory(parent, "bus");
            Path configuration = Files.writeString(folder.resolve("bus.conf"), """
                    <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
                     "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
                    <busconfig>
                      <type>system</type>
                      <listen>unix:path=%s</listen>
                      <auth>EXTERNAL</auth>
                      <policy context="default">
                        <allow user="*"/><allow own="*"/><allow send_type="method_call"/>
                        <allow send_type="signal"/><allow receive_type="method_call"/>
                        <allow receive_type="method_return"/><allow receive_type="error"/><allow receive_type="signal"/>
                        <allow send_requested_reply="true" send_type="method_return"/>
                        <allow send_requested_reply="true" send_type="error"/>
                      </policy>
                    </busconfig>
                    """.formatted(folder.resolve("socket")));
            TestProcess bus = host.start(
                    new ProcessBuilder("dbus-daemon", "--nofork", "--nopidfile", "--config-file=" + configuration));
            Awaitility.await().atMost(PATIENCE).until(() -> isListenedOn(folder.resolve("socket")));
            return new AvahiDaemon(host, hostName, folder, bus);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A socket has its file some time before it can be connected to. */
    private static boolean isListenedOn(Path socket) {
        try {
            SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    public static AvahiDaemon start(TestNetwork.Host host, String hostName, Path parent) {
        AvahiDaemon avahi = onlyBus(host, hostName, parent);
        avahi.start();
        return avahi;
    }

    /** Starts the daemon, for the first time or again. */
    public void start() {
        try {
            Path configuration = Files.writeString(folder.resolve("avahi.conf"), """
                    [server]
                    host-name=%s
                    use-ipv4=yes
                    use-ipv6=yes
                    [publish]
                    publish-workstation=no
                    """.formatted(hostName));
            // Its pid file has a fixed place, where the daemon of the machine that tests may have one.
            daemon = host.start(withBus(new ProcessBuilder(
                    "bwrap",
                    "--dev-bind",
                    "/",
                    "/",
                    "--tmpfs",
                    "/run/avahi-daemon",
                    "--cap-add",
                    "ALL",
                    "avahi-daemon",
                    "--file",
                    configuration.toString(),
                    "--no-drop-root",
                    "--no-chroot",
                    "--no-rlimits")));
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> daemon.output().contains("Server startup complete") || !daemon.isAlive());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!daemon.isAlive()) {
            throw new IllegalStateException("avahi-daemon does not start: " + daemon.output() + bus.output());
        }
    }

    /** Ends the daemon, not the bus. */
    public void stop() {
        daemon.end();
    }

    /** Ends the bus, which takes the daemon with it. */
    public void stopBus() {
        bus.end();
        daemon.finish();
    }

    /** Gives a process on the same host the way to this bus. */
    public ProcessBuilder withBus(ProcessBuilder process) {
        process.environment().putAll(Map.of("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=" + folder.resolve("socket")));
        return process;
    }

    /** The cloudlets that {@code avahi-browse} finds. */
    public List<Entry> browse() {
        String output = host.start(withBus(
                        new ProcessBuilder("avahi-browse", "--resolve", "--parsable", "--terminate", "_cloudlet._tcp")))
                .finish();
        return output.lines()
                .filter(line -> line.startsWith("=;"))
                .map(AvahiDaemon::entry)
                .toList();
    }

    /**
     * What a host name stands for in one of the families of addresses, by {@code avahi-resolve-host-name}.
     *
     * @param family 4 or 6
     */
    public String resolve(String name, int family) {
        return host.start(withBus(new ProcessBuilder("avahi-resolve-host-name", "-" + family, name)))
                .finish()
                .strip();
    }

    /** The columns: event, interface, protocol, name, type, domain, host, address, port, text. */
    private static Entry entry(String line) {
        String[] columns = line.split(";", 10);
        return new Entry(
                columns[1], unescaped(columns[3]), columns[6], columns[7], Integer.parseInt(columns[8]), columns[9]);
    }

    private static String unescaped(String name) {
        return name.replace("\\032", " ");
    }
}
