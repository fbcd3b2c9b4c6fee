package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.qemu.host.SystemdScopes;
import org.kdcloudlet.hypervisor.qemu.host.ToolRun;

/** Scopes of machines, asked of a real systemd that runs as a user's manager in namespaces of its own. */
class MachineScopeTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    @TempDir
    private Path temp;

    private Process systemd;
    private SystemdScopes scopes;

    @BeforeEach
    void startSystemd() throws IOException {
        assumeTrue(MachineAccounts.canSwitchUser(), "only root can make the namespaces that this test needs");
        Path script = Path.of(System.getProperty("cloudlet.project"), "hypervisor/src/test/resources/systemd/run");
        systemd = new ProcessBuilder("unshare", "--mount", "bash", script.toString(), temp.toString())
                .redirectErrorStream(true)
                .redirectOutput(temp.resolve("log").toFile())
                .start();
        scopes = SystemdScopes.of(List.of("/usr/bin/busctl", "--address=unix:path=" + temp.resolve("bus")));
        await().atMost(DEADLINE).until(() -> {
            assertThat(systemd.isAlive())
                    .as(Files.readString(temp.resolve("log")))
                    .isTrue();
            return Files.exists(temp.resolve("bus"))
                    && Files.exists(temp.resolve("systemd/private"))
                    && systemctl("is-active", "dbus.socket").equals("active");
        });
    }

    @AfterEach
    void endSystemd() throws Exception {
        if (systemd != null) {
            systemd.getOutputStream().close();
            assertThat(systemd.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void eachMachineHasAScopeOfItsOwnWithLimitsThatEndsWithIt() throws Exception {
        try (QemuLab lab = new QemuLab(temp, scopes)) {
            Machine machine = lab.boot(QemuLab.request());
            String scope =
                    "kdcloudlet-" + lab.machineFolder(machine.id()).path().getFileName() + ".scope";
            long process = lab.process(machine).pid();
            await().atMost(DEADLINE)
                    .untilAsserted(() -> assertThat(groups(process)).contains("/kdcloudlet.slice/" + scope));
            assertThat(systemctl("show", scope, "--property=MemoryMax,TasksMax,CPUQuotaPerSecUSec"))
                    .contains("MemoryMax=" + ((256L << 20) + (1536L << 20)), "TasksMax=512", "CPUQuotaPerSecUSec=2s");

            lab.letGo();
            assertThat(lab.reopen().running()).hasSize(1);
            assertThat(groups(process)).contains("/kdcloudlet.slice/" + scope);

            lab.process(machine).destroyForcibly();
            await().atMost(DEADLINE).until(() -> systemctl("is-active", scope).equals("inactive"));
        }
    }

    @Test
    void aMachineThatWasStartedBeforeIsGivenItsScopeWhenItIsTakenOver() throws Exception {
        try (QemuLab lab = new QemuLab(temp, SystemdScopes.none("tests use none"))) {
            Machine machine = lab.boot(QemuLab.request());
            assertThat(groups(lab.process(machine).pid())).doesNotContain("kdcloudlet.slice");
            lab.letGo();
            Machine adopted = lab.reopen(scopes).running().get(0);
            await().atMost(DEADLINE)
                    .untilAsserted(() ->
                            assertThat(groups(lab.process(adopted).pid())).contains("/kdcloudlet.slice/kdcloudlet-"));
            adopted.stop(StopPolicy.KILL);
        }
    }

    @Test
    void aMachineRunsWhereSystemdDoesNotAnswer() throws Exception {
        SystemdScopes nobody =
                SystemdScopes.of(List.of("/usr/bin/busctl", "--address=unix:path=" + temp.resolve("nobody")));
        try (QemuLab lab = new QemuLab(temp, nobody)) {
            Machine machine = lab.boot(QemuLab.request());
            machine.awaitReady(QemuLab.READY);
            machine.stop(StopPolicy.KILL);
        }
    }

    private static String groups(long process) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(process), "cgroup"));
    }

    private String systemctl(String... arguments) {
        List<String> command = new ArrayList<>(List.of("/usr/bin/env", "XDG_RUNTIME_DIR=" + temp));
        command.addAll(List.of("/usr/bin/systemctl", "--user", "--no-pager"));
        command.addAll(List.of(arguments));
        return ToolRun.run(command, DEADLINE).output().strip();
    }
}
