package org.kdcloudlet.hypervisor.qemu.probe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.PortForward;
import org.kdcloudlet.hypervisor.qemu.host.ProgramSearch;
import org.kdcloudlet.hypervisor.qemu.host.QemuInstallation;
import org.kdcloudlet.hypervisor.qemu.protocol.Deadline;
import org.kdcloudlet.hypervisor.qemu.protocol.UnixSockets;

/**
 * The demo image in a QEMU of its own, with its CPUs halted until {@link #go}; what probes need and no more. Its network is not
 * restricted, because user networking then drops the guest's UDP answers (libslirp 4.7). It takes what ports of the host are free, so
 * that nobody can take one between a look and QEMU.
 */
final class TestGuest implements AutoCloseable, GuestConnections {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final SocketChannel qmp;
    private final BufferedReader answers;
    private final List<PortForward> forwards;

    TestGuest(Path folder, List<GuestPort> ports) throws IOException {
        String network = ports.stream()
                .map(port -> ",hostfwd=" + port.protocol().name().toLowerCase(java.util.Locale.ROOT) + ":127.0.0.1:0-:"
                        + port.port())
                .collect(Collectors.joining("", "user,id=net", ""));
        Path socket = folder.resolve("qmp");
        List<String> command = new ArrayList<>(List.of(
                QemuInstallation.find(ProgramSearch.ofEnvironment()).system().toString(),
                "-nodefaults",
                "-no-user-config",
                "-display",
                "none",
                "-machine",
                "pc",
                "-accel",
                "tcg",
                "-m",
                "256",
                "-S"));
        command.addAll(List.of(
                "-drive", "if=virtio,format=qcow2,snapshot=on,file=" + System.getProperty("cloudlet.demo.image")));
        command.addAll(List.of("-netdev", network, "-device", "virtio-net-pci,netdev=net"));
        command.addAll(List.of("-qmp", "unix:" + socket + ",server=on,wait=off"));
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        qmp = UnixSockets.connect(
                socket,
                new UnixSockets.Listener(process::isAlive, OptionalInt::empty),
                Duration.ofMillis(1),
                Deadline.in(Duration.ofSeconds(60)));
        answers = new BufferedReader(Channels.newReader(qmp, StandardCharsets.UTF_8));
        answers.readLine();
        execute("qmp_capabilities", Map.of());
        forwards = network().hostForwards().stream()
                .map(forward -> new PortForward(forward.guest(), InetAddress.getLoopbackAddress(), forward.hostPort()))
                .toList();
    }

    List<PortForward> forwards() {
        return forwards;
    }

    CompletionStage<MachineExit> exit() {
        return process.onExit().thenApply(ended -> new MachineExit(false, "QEMU ended.", ""));
    }

    void go() {
        execute("cont", Map.of());
    }

    void kill() {
        process.destroyForcibly();
    }

    @Override
    public int answered(GuestPort port) {
        return network().answered(port);
    }

    private UserNetworkConnections network() {
        JsonNode text = execute("human-monitor-command", Map.of("command-line", "info usernet"));
        return UserNetworkConnections.parse(text.asText());
    }

    private synchronized JsonNode execute(String command, Map<String, String> arguments) {
        try {
            byte[] question = JSON.writeValueAsBytes(Map.of("execute", command, "arguments", arguments));
            qmp.write(ByteBuffer.wrap(question));
            while (true) {
                String line = answers.readLine();
                if (line == null) {
                    throw new EOFException("QEMU has ended");
                }
                JsonNode answer = JSON.readTree(line);
                if (answer.has("return")) {
                    return answer.get("return");
                }
            }
        } catch (IOException failure) {
            // What the connection to a machine throws too when its QEMU dies.
            throw new HypervisorException(HypervisorError.MACHINE_FAILED, "QEMU does not answer", failure);
        }
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        process.onExit().join();
        qmp.close();
    }
}
