package org.kdcloudlet.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How {@code ./cloudlet run} is started in a process of its own: on free ports, not announced, with TCG. */
public final class ServerSetup {
    private final Path folder;
    private final List<String> wrapper = new ArrayList<>();
    private final List<String> jvmFlags = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private Path data;
    private String diskReserve = "1GiB";
    private String logFormat = "text";
    private int managerPort;

    /** @param folder for what the test keeps; the data directory is below it unless told otherwise */
    public ServerSetup(Path folder) {
        this.folder = folder;
        this.data = folder.resolve("data");
    }

    ServerSetup data(Path directory) {
        data = directory;
        return this;
    }

    /** Has it run by another program, which is given the command line as its last arguments. */
    ServerSetup within(String... command) {
        wrapper.addAll(List.of(command));
        return this;
    }

    ServerSetup jvm(String... flags) {
        jvmFlags.addAll(List.of(flags));
        return this;
    }

    ServerSetup environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    ServerSetup diskReserve(String size) {
        diskReserve = size;
        return this;
    }

    /** Gives it a Manager on a port. */
    public ServerSetup managerPort(int port) {
        managerPort = port;
        return this;
    }

    /** Has it log JSON. */
    ServerSetup logsJson() {
        logFormat = "json";
        return this;
    }

    /** Starts it and waits until it serves. */
    public ServerProcess start() throws IOException {
        Path log = Files.createTempFile(folder, "server", ".log");
        Process process = new Program(jvmFlags, wrapper, environment).start(log, log, arguments());
        return new ServerProcess(data, log, process);
    }

    /** Starts it and waits until it has ended by itself. */
    Program.Ended startInVain() throws IOException, InterruptedException {
        return new Program(jvmFlags, wrapper, environment).run(folder, arguments());
    }

    private List<String> arguments() throws IOException {
        Path configuration = folder.resolve("cloudlet.toml");
        Files.writeString(configuration, """
                [device-api]
                address = "127.0.0.1"
                port = 0
                [manager]
                port = %d
                [instances]
                address = "127.0.0.1"
                disk-reserve = "%s"
                [discovery]
                method = "off"
                [hypervisor]
                acceleration = "tcg"
                [logging]
                format = "%s"
                """.formatted(managerPort, diskReserve, logFormat));
        return List.of("run", "--config", configuration.toString(), "--data", data.toString());
    }
}
