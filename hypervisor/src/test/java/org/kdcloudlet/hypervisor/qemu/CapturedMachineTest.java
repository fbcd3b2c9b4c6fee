package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.hypervisor.qemu.host.ToolRun;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;

/** That a QEMU which a guest took over cannot use its folder to have the server do something for it. */
@ExtendWith(SharedLab.class)
class CapturedMachineTest {
    private static final UnprivilegedUser USER = new UnprivilegedUser(54_321, 54_321);

    private final QemuLab lab;

    @TempDir
    private Path folder;

    CapturedMachineTest(QemuLab lab) {
        this.lab = lab;
    }

    @Test
    void anImageThatQemuExchangedDoesNotGetIntoTheTemplate() throws IOException {
        Machine editing = lab.remember(lab.hypervisor().edit(QemuLab.request(), lab.template()));
        Path secret = secret();
        Path image = lab.machineFolder(editing.id()).run(MachineFolder.IMAGE);
        Files.delete(image);
        Files.createSymbolicLink(image, secret);

        Template edited = lab.hypervisor().freeze(editing, QemuLab.READY, 0);

        Path kept =
                lab.folder().resolve("template").resolve(edited.key().value()).resolve(MachineFolder.IMAGE);
        assertThat(Files.isSymbolicLink(kept)).isFalse();
        assertThat(Files.isSameFile(kept, lab.image().file())).isTrue();
        Machine clone = lab.clone(edited);
        clone.awaitReady(QemuLab.READY);
        clone.stop(StopPolicy.KILL);
        lab.hypervisor().remove(edited);
        assertThat(Files.getPosixFilePermissions(secret)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void linksAreNeitherGivenToMachinesNorFollowed() throws IOException {
        Path secret = secret();
        Path planted = Files.createSymbolicLink(folder.resolve("planted"), secret);
        Path name = folder.resolve("image");
        assertThatThrownBy(() -> PrepareMachine.link(planted, name)).hasMessageContaining("not a plain file");
        assertThat(Files.exists(name, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(Files.getPosixFilePermissions(secret)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void aFolderIsTheServersUntilItIsFilled() throws IOException {
        assumeTrue(MachineAccounts.canSwitchUser(), "only root may give folders away");
        MachineFolder machine = new MachineFolder(folder.resolve("machine"));
        machine.create(Optional.of(USER));
        assertThat(Files.getAttribute(machine.run(), "unix:uid")).isEqualTo(0);
        machine.handOver(Optional.of(USER));
        assertThat(Files.getAttribute(machine.run(), "unix:uid")).isEqualTo(USER.uid());
        assertThat(Files.getAttribute(machine.path(), "unix:uid")).isEqualTo(0);
    }

    @Test
    void onlyPlainFilesOfQemuAreOpened() throws IOException {
        MachineFolder machine = new MachineFolder(folder.resolve("machine"));
        machine.create(Optional.empty());
        Path plain = Files.writeString(machine.run("plain"), "drawn");
        Files.createSymbolicLink(machine.run("link"), secret());
        assertThat(ToolRun.run(List.of("/usr/bin/mkfifo", machine.run("pipe").toString()), Duration.ofMinutes(1))
                        .succeeded())
                .isTrue();
        for (String name : List.of("link", "pipe")) {
            assertThatThrownBy(() -> machine.openMadeByQemu(name).close()).hasMessageContaining("not a plain file");
        }
        try (FileChannel opened = machine.openMadeByQemu("plain")) {
            assertThat(opened.size()).isEqualTo(Files.size(plain));
        }
        assertThat(machine.path())
                .isDirectoryNotContaining(file -> file.getFileName().toString().startsWith("opened-"));
    }

    private Path secret() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "root's");
        return Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    }
}
