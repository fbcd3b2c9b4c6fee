package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;

/** What the hypervisor relies on of its folder and the files in it. */
class HypervisorFolderTest {
    @TempDir
    Path temp;

    @Test
    void aPathTooLongForSocketsIsRefusedAtOnce() {
        Path deep = temp.resolve("x".repeat(100));
        assertThatThrownBy(() -> HypervisorFolder.open(deep, false))
                .isInstanceOf(HypervisorException.class)
                .hasMessageContaining("too long by");
        assertThat(deep).doesNotExist();
    }

    @Test
    void aFolderThatCannotBeMadeIsSaidSo() throws IOException {
        Path file = Files.createFile(temp.resolve("file"));
        assertThatThrownBy(() -> HypervisorFolder.open(file.resolve("below"), false))
                .isInstanceOf(HypervisorException.class)
                .hasMessageContaining("Could not open the hypervisor's folder");
    }

    @Test
    void linksThatACapturedQemuPlantedAreNotFollowed() throws IOException {
        MachineFolder folder = new MachineFolder(temp.resolve("vm"));
        folder.create(Optional.empty());
        Path secret = Files.writeString(temp.resolve("secret"), "secret");
        Files.createSymbolicLink(folder.run(MachineFolder.SCREENSHOT), secret);
        Files.createSymbolicLink(folder.run("planted"), temp);
        Files.createLink(folder.run(MachineFolder.DISK), secret);

        assertThatThrownBy(() -> folder.openMadeByQemu(MachineFolder.SCREENSHOT))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> folder.requireUnshared(MachineFolder.DISK)).isInstanceOf(IOException.class);
        folder.remove();

        assertThat(folder.path()).doesNotExist();
        assertThat(secret).hasContent("secret");
    }

    @Test
    void aDamagedRecordIsNone() throws IOException {
        MachineFolder folder = new MachineFolder(temp.resolve("vm"));
        folder.create(Optional.empty());
        for (String damaged : new String[] {"", "{", "{\"version\": 1}", "[]"}) {
            Files.writeString(folder.path().resolve("machine.json"), damaged);
            assertThat(folder.read()).as(damaged).isEmpty();
        }
    }

    @Test
    void sparseCopiesAreEqual() throws IOException {
        byte[] content = new byte[3_000_001];
        Arrays.fill(content, 1_500_000, 1_600_000, (byte) 7);
        content[content.length - 1] = 1;
        Path source = Files.write(temp.resolve("source"), content);
        FileTree.copySparsely(source, temp.resolve("copy"));
        assertThat(temp.resolve("copy")).hasBinaryContent(content);

        Path zeros = Files.write(temp.resolve("zeros"), new byte[200_000]);
        FileTree.copySparsely(zeros, temp.resolve("zeros-copy"));
        assertThat(temp.resolve("zeros-copy")).hasBinaryContent(new byte[200_000]);
    }

    @Test
    void usersAreGivenOutOnceAndAgainWhenNobodyUsesThem() {
        MachineAccounts accounts = new MachineAccounts(1000, true);
        Optional<UnprivilegedUser> first = accounts.takeUnused();
        Optional<UnprivilegedUser> second = accounts.takeUnused();
        assertThat(first).isPresent().isNotEqualTo(second);
        accounts.take(first);
        accounts.release(first);
        assertThat(accounts.takeUnused()).isNotEqualTo(first);
        accounts.release(first);
        assertThat(accounts.takeUnused()).isEqualTo(first);
        assertThat(new MachineAccounts(1000, false).takeUnused()).isEmpty();
    }

    @Test
    void namesFollowFromTheId() {
        UUID id = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
        assertThat(MachineIdentity.machineId(id)).isEqualTo("00112233445566778899aabbccddeeff");
        assertThat(MachineIdentity.macAddress(id))
                .matches("52:54:00(:[0-9a-f]{2}){3}")
                .isEqualTo(MachineIdentity.macAddress(id))
                .isNotEqualTo(MachineIdentity.macAddress(UUID.randomUUID()));
    }
}
