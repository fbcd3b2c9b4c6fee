package org.kdcloudlet.server.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;

/**
 * Hosts and networks between them, made of Linux network namespaces, bridges and veth pairs, apart from the network of the
 * machine that tests. Closing it ends the processes in it and removes it. Takes root and the Debian package iproute2.
 */
public final class TestNetwork implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final long DEADLINE_SECONDS = 30;

    private final Path folder;
    private final String prefix = "kd" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    private final Deque<String> namespaces = new ArrayDeque<>();
    private final Deque<TestProcess> processes = new ArrayDeque<>();
    private final Thread hook = new Thread(this::remove);
    private int segments;
    private int cables;

    /** A network segment: who is attached to it hears the others. */
    public record Segment(String bridge) {}

    private TestNetwork(Path folder) {
        this.folder = folder;
    }

    /**
     * Skips the test where it cannot run.
     *
     * @param folder for the output of processes
     */
    public static TestNetwork create(Path folder) {
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "making network namespaces takes root");
        TestNetwork network = new TestNetwork(folder);
        Runtime.getRuntime().addShutdownHook(network.hook);
        try {
            network.namespace(network.switchName());
            return network;
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private String switchName() {
        return prefix + "-switch";
    }

    private void namespace(String name) {
        run("ip", "netns", "add", name);
        namespaces.push(name);
    }

    public Segment segment() {
        String bridge = "bridge" + segments++;
        // Snooping needs a querier, which a network of tests has not.
        run("ip", "-n", switchName(), "link", "add", bridge, "type", "bridge", "mcast_snooping", "0");
        run("ip", "-n", switchName(), "link", "set", bridge, "up");
        return new Segment(bridge);
    }

    /** A host with a loopback interface only. */
    public Host host(String name) {
        String namespace = prefix + "-" + name;
        namespace(namespace);
        run("ip", "-n", namespace, "link", "set", "lo", "up");
        // Addresses can be used at once: nobody else has them.
        run("ip", "netns", "exec", namespace, "sysctl", "-q", "-w", "net.ipv6.conf.default.accept_dad=0");
        return new Host(namespace);
    }

    /** A host of the network. */
    public final class Host {
        private final String namespace;

        private Host(String namespace) {
            this.namespace = namespace;
        }

        /** Gives it an interface with addresses, each with the length of its prefix, e.g. {@code 10.7.0.1/24}. */
        public Host attach(Segment segment, String networkInterface, String... addresses) {
            String port = "port" + cables++;
            run(
                    "ip",
                    "-n",
                    switchName(),
                    "link",
                    "add",
                    port,
                    "type",
                    "veth",
                    "peer",
                    "name",
                    networkInterface,
                    "netns",
                    namespace);
            run("ip", "-n", switchName(), "link", "set", port, "master", segment.bridge(), "up");
            run("ip", "-n", namespace, "link", "set", networkInterface, "up");
            for (String address : addresses) {
                addAddress(networkInterface, address);
            }
            run("ip", "-n", namespace, "route", "append", "224.0.0.0/4", "dev", networkInterface);
            return this;
        }

        public void addAddress(String networkInterface, String address) {
            run("ip", "-n", namespace, "address", "add", address, "dev", networkInterface);
        }

        public void removeAddress(String networkInterface, String address) {
            run("ip", "-n", namespace, "address", "del", address, "dev", networkInterface);
        }

        /** As when Wi-Fi is lost. */
        public void cut(String networkInterface) {
            run("ip", "-n", namespace, "link", "set", networkInterface, "down");
        }

        public void restore(String networkInterface) {
            run("ip", "-n", namespace, "link", "set", networkInterface, "up");
            run("ip", "-n", namespace, "route", "replace", "224.0.0.0/4", "dev", networkInterface);
        }

        /** Removes an interface for good. */
        public void detach(String networkInterface) {
            run("ip", "-n", namespace, "link", "del", networkInterface);
        }

        /** Starts a program on this host. */
        public TestProcess start(ProcessBuilder program) {
            List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
            command.addAll(program.command());
            try {
                Path log = Files.createTempFile(folder, "process", ".log");
                Process process = program.command(command)
                        .redirectErrorStream(true)
                        .redirectOutput(Redirect.to(log.toFile()))
                        .start();
                TestProcess started = new TestProcess(process, log);
                processes.push(started);
                return started;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Starts a Java class with the class path of the tests. */
        public TestProcess startJava(Class<?> main, String... arguments) {
            return start(java(main, arguments));
        }
    }

    /** A Java class with the class path of the tests, in a virtual machine that starts quickly. */
    public static ProcessBuilder java(Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    private static void run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes());
            if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Is the Debian package iproute2 installed?", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Processes first, as a namespace lives as long as one of them. */
    private void remove() {
        while (!processes.isEmpty()) {
            processes.pop().kill();
        }
        while (!namespaces.isEmpty()) {
            run("ip", "netns", "del", namespaces.pop());
        }
    }

    @Override
    public void close() {
        remove();
        Runtime.getRuntime().removeShutdownHook(hook);
    }
}
