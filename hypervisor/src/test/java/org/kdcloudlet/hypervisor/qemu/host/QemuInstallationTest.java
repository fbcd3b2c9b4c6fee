package org.kdcloudlet.hypervisor.qemu.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

class QemuInstallationTest {
    @TempDir
    Path folder;

    @Test
    void findsWhatIsInstalledHere() {
        QemuInstallation installation = QemuInstallation.find(ProgramSearch.ofEnvironment());

        assertThat(installation.version()).isGreaterThanOrEqualTo(QemuVersion.OLDEST);
        assertThat(installation.pcMachine()).matches("pc-i440fx-\\d+\\.\\d+");
        assertThat(installation.q35Machine()).matches("pc-q35-\\d+\\.\\d+");
        assertThat(installation.image()).isExecutable();
        assertThat(installation.tool("bwrap")).isExecutable();
        assertThat(installation.tools()).containsOnlyKeys("setsid", "prlimit", "setpriv", "bwrap");
    }

    @Test
    void namesEverythingThatIsMissingAndThePackagesToInstall() {
        ProgramSearch nothing = new ProgramSearch(Map.of(), List.of(folder), folder);

        assertUnavailable(nothing)
                .hasMessage(
                        "Not found or not executable: bwrap, prlimit, qemu-img, qemu-system-x86_64, setpriv, setsid;"
                                + " install the packages: bubblewrap qemu-system-x86 qemu-utils util-linux.");
    }

    @Test
    void doesNotSearchPastAConfiguredPath() {
        ProgramSearch wrong = configured(folder.resolve("no-such-qemu"));

        assertUnavailable(wrong)
                .hasMessageContaining("qemu-system-x86_64 (configured as " + folder.resolve("no-such-qemu") + ")")
                .hasMessageContaining("qemu-system-x86");
    }

    @Test
    void refusesAnOldVersion() throws IOException {
        ProgramSearch old = configured(program("echo 'QEMU emulator version 6.2.0 (Debian 1:6.2)'"));

        assertUnavailable(old)
                .hasMessageContaining("is version 6.2.0; version 7.2.0 or newer is needed")
                .hasMessageContaining("qemu-system-x86");
    }

    @Test
    void refusesWhatIsNotQemu() throws IOException {
        assertUnavailable(configured(program("echo 'GNU coreutils 9.1'")))
                .hasMessageContaining("does not answer --version");
    }

    @Test
    void refusesWhatDoesNotWork() throws IOException {
        assertUnavailable(configured(program("echo 'libpixman-1.so.0: cannot open' >&2; exit 127")))
                .hasMessageContaining("does not work: libpixman-1.so.0: cannot open");
    }

    @Test
    void saysWhatToInstallForUefi() {
        ProgramSearch environment = ProgramSearch.ofEnvironment();
        QemuInstallation installation =
                QemuInstallation.find(new ProgramSearch(Map.of(), environment.folders(), folder));

        assertThatThrownBy(installation::requireOvmf).hasMessageContaining("install the package ovmf");
    }

    private ProgramSearch configured(Path system) {
        return new ProgramSearch(
                Map.of("qemu-system-x86_64", system),
                ProgramSearch.ofEnvironment().folders(),
                folder);
    }

    private Path program(String script) throws IOException {
        Path program = folder.resolve("program");
        Files.writeString(program, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return program;
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertUnavailable(ProgramSearch search) {
        return assertThatThrownBy(() -> QemuInstallation.find(search))
                .isInstanceOfSatisfying(HypervisorException.class, failure -> assertThat(failure.error())
                        .isEqualTo(HypervisorError.UNAVAILABLE));
    }
}
