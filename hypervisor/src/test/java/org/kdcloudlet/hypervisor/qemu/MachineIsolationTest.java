package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.qemu.host.ToolRun;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;

/** What a guest, and a QEMU that a guest took over, can reach. */
@ExtendWith(SharedLab.class)
class MachineIsolationTest {
    private final QemuLab lab;

    MachineIsolationTest(QemuLab lab) {
        this.lab = lab;
    }

    @Test
    void aGuestReachesNothingUnlessItIsOpened() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("0.0.0.0"))) {
            String targets = "10.0.2.2 " + server.getLocalPort() + "\n" + "10.0.2.3 53\n"
                    + InetAddress.getLocalHost().getHostAddress() + " " + server.getLocalPort() + "\n";
            Machine closed = lab.readyClone();
            assertThat(results(closed, targets)).hasSize(3).doesNotContain("connected");
            closed.stop(StopPolicy.KILL);

            MachineRequest request = QemuLab.request(QemuLab.SPEC, NetworkAccess.OPEN, QemuLab.ports(20_000, 29_999));
            Machine open = lab.remember(lab.hypervisor().clone(request, lab.template()));
            open.awaitReady(QemuLab.READY);
            assertThat(results(open, targets).get(0)).isEqualTo("connected");
            open.stop(StopPolicy.KILL);
        }
    }

    @Test
    void qemuHasNoRights() throws IOException {
        Machine clone = lab.readyClone();
        long pid = lab.process(clone).pid();
        Map<String, String> status = fields(Path.of("/proc", Long.toString(pid), "status"));
        assertThat(status.get("CapEff")).isEqualTo("0000000000000000");
        assertThat(status.get("CapPrm")).isEqualTo("0000000000000000");
        assertThat(status.get("NoNewPrivs")).isEqualTo("1");
        assertThat(status.get("Seccomp")).as("2 is a filter").isEqualTo("2");
        List<String> limits = Files.readAllLines(Path.of("/proc", Long.toString(pid), "limits"));
        assertThat(limits).anyMatch(line -> line.matches("Max core file size +0 +0 .*"));
        assertThat(limits).anyMatch(line -> line.matches("Max open files +4096 +4096 .*"));
        assertThat(limits).noneMatch(line -> line.matches("Max file size +unlimited .*"));
        clone.stop(StopPolicy.KILL);
    }

    @Test
    void machinesOfDifferentTemplatesCannotReadEachOther() throws IOException {
        assumeTrue(MachineAccounts.canSwitchUser(), "only root may change users");
        Machine one = lab.readyClone();
        Machine two = lab.readyClone();
        Machine booted = lab.boot(QemuLab.request());
        UnprivilegedUser cloneUser = user(one);
        assertThat(user(two)).isEqualTo(cloneUser);
        assertThat(user(booted)).isNotEqualTo(cloneUser);
        assertThat(cloneUser.uid()).isGreaterThanOrEqualTo(QemuSettings.DEFAULT_FIRST_UID);
        assertThat(cloneUser.gid()).isEqualTo(cloneUser.uid());

        MachineFolder folder = lab.machineFolder(one.id());
        Path memory = lab.folder()
                .resolve("template")
                .resolve(lab.template().key().value())
                .resolve(MachineFolder.MEMORY);
        openUp(lab.folder());
        assertThat(reads(cloneUser, memory)).isTrue();
        assertThat(reads(cloneUser, folder.run(MachineFolder.DISK))).isTrue();
        assertThat(reads(user(booted), memory)).isFalse();
        assertThat(reads(user(booted), folder.run(MachineFolder.DISK))).isFalse();
        assertThat(reads(cloneUser, folder.run(MachineFolder.BASE))).isTrue();
        assertThat(reads(user(booted), memory.resolveSibling(MachineFolder.BASE)))
                .isFalse();
        assertThat(reads(user(booted), memory.resolveSibling(MachineFolder.IMAGE)))
                .isFalse();
        assertThat(reads(cloneUser, folder.path().resolve("machine.json"))).isFalse();
        assertThat(Files.getPosixFilePermissions(folder.run())).isEqualTo(PosixFilePermissions.fromString("rwx------"));
        for (Machine machine : List.of(one, two, booted)) {
            machine.stop(StopPolicy.KILL);
        }
    }

    @Test
    void theStatusSaysHowMachinesAreIsolated() {
        List<String> isolation = lab.hypervisor().status().isolation();
        assertThat(isolation).anyMatch(line -> line.contains("user")).anyMatch(line -> line.contains("sandbox"));
        assertThat(new MachineAccounts(1, false).isolation()).contains("not root");
    }

    /** The lab's own parents keep strangers out; here the folders below have to do it alone. */
    private static void openUp(Path folder) throws IOException {
        for (Path parent = folder.getParent();
                !parent.equals(Path.of(System.getProperty("java.io.tmpdir")));
                parent = parent.getParent()) {
            Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwx--x--x"));
        }
    }

    private static boolean reads(UnprivilegedUser user, Path file) {
        List<String> command = new ArrayList<>(user.command(Path.of("/usr/bin/setpriv"), OptionalInt.empty()));
        command.addAll(List.of("/usr/bin/head", "-c1", file.toString()));
        return ToolRun.run(command, Duration.ofMinutes(1)).succeeded();
    }

    private UnprivilegedUser user(Machine machine) throws IOException {
        Map<String, String> status =
                fields(Path.of("/proc", Long.toString(lab.process(machine).pid()), "status"));
        return new UnprivilegedUser(
                Integer.parseInt(status.get("Uid").split("\\s")[0]),
                Integer.parseInt(status.get("Gid").split("\\s")[0]));
    }

    private static Map<String, String> fields(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .map(line -> line.split(":\\s*", 2))
                .collect(Collectors.toMap(field -> field[0], field -> field[1]));
    }

    private List<String> results(Machine machine, String targets) {
        JsonNode answer = lab.post(machine, "/probe-network", targets);
        JsonNode list = answer.isArray() ? answer : answer.elements().next();
        return StreamSupport.stream(list.spliterator(), false)
                .map(result -> result.path("result").asText())
                .toList();
    }
}
