package org.kdcloudlet.hypervisor.qemu.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.qemu.host.ProgramSearch;
import org.kdcloudlet.hypervisor.qemu.host.QemuInstallation;
import org.kdcloudlet.hypervisor.qemu.host.ToolRun;

/** What a qemu-img that an image took over could do: a script stands for it. */
class ImageSandboxTest {
    private final QemuInstallation real = QemuInstallation.find(ProgramSearch.ofEnvironment());

    @TempDir
    Path folder;

    @Test
    void seesItsImageAndNothingElseOfThisHost() throws IOException {
        Files.writeString(folder.resolve("secret"), "secret");

        assertThat(run("cat /image")).isEqualTo("the image");
        assertThat(run("ls -d /etc /home /root /tmp /var /run /work " + folder + "/secret 2>/dev/null; true"))
                .isEmpty();
        assertThat(run("ls /proc | grep -c '^[0-9]*$'").strip()).matches("[2-6]");
    }

    @Test
    void hasNoRights() throws IOException {
        assertThat(run("id -u").strip()).isEqualTo("65534");
        assertThat(run("grep -E '^(CapPrm|CapEff|CapBnd|NoNewPrivs)' /proc/self/status | tr -d '\\t'"))
                .contains("CapPrm:0000000000000000", "CapEff:0000000000000000", "NoNewPrivs:1");
    }

    @Test
    void hasNoNetwork() throws IOException {
        assertThat(run("tail -n +3 /proc/net/dev | grep -v '^ *lo:'; true")).isEmpty();
    }

    @Test
    void writesNothing() throws IOException {
        assertThat(run("for f in /image /x /usr/x /dev/shm/x /proc/sys/kernel/hostname; do echo >$f && echo $f; done"
                        + " 2>/dev/null; true"))
                .isEmpty();
    }

    @Test
    void writesNoMoreThanItMayToItsOutput() throws IOException {
        Path output = Files.createFile(folder.resolve("output"));
        ImageSandbox sandbox = sandbox("head -c 100000 /dev/zero >/output");
        if (sandbox.user().isPresent()) {
            Files.setAttribute(output, "unix:uid", sandbox.user().get().uid());
        }
        ToolRun.Result result = sandbox.run(
                image(),
                Optional.of(output),
                new ImageSandbox.Limits(Duration.ofSeconds(60), 5000),
                () -> {},
                List.of());

        assertThat(result.succeeded()).isFalse();
        assertThat(Files.size(output)).isEqualTo(5000);
    }

    @Test
    void hasLimits() throws IOException {
        assertThat(run("ulimit -v; ulimit -t; ulimit -n; ulimit -c; ulimit -f").lines())
                .containsExactly("2097152", "60", "64", "0", "0");
    }

    @Test
    void isKilledAtItsDeadline() {
        assertThatThrownBy(() -> sandbox("sleep 64")
                        .run(
                                image(),
                                Optional.empty(),
                                new ImageSandbox.Limits(Duration.ofSeconds(1), 0),
                                () -> {},
                                List.of()))
                .hasMessageContaining("was not read within 1 s");
    }

    private String run(String script) throws IOException {
        ToolRun.Result result = sandbox(script)
                .run(
                        image(),
                        Optional.empty(),
                        new ImageSandbox.Limits(Duration.ofSeconds(60), 0),
                        () -> {},
                        List.of());
        assertThat(result.status()).as(result.errors()).isZero();
        return result.output();
    }

    private Path image() throws IOException {
        return Files.writeString(folder.resolve("image"), "the image");
    }

    private ImageSandbox sandbox(String script) throws IOException {
        Path program = Files.writeString(folder.resolve("qemu-img"), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return new ImageSandbox(new QemuInstallation(
                real.system(),
                real.version(),
                program,
                real.pcMachine(),
                real.q35Machine(),
                real.ovmf(),
                real.tools()));
    }
}
