package org.kdcloudlet.hypervisor.qemu.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.Accelerator;
import org.kdcloudlet.hypervisor.HypervisorException;

class KvmProofTest {
    private final QemuInstallation real = QemuInstallation.find(ProgramSearch.ofEnvironment());

    @TempDir
    Path folder;

    private Path device;

    @BeforeEach
    void makeDevice() throws IOException {
        device = Files.createFile(folder.resolve("kvm"));
    }

    @Test
    void decidesOnThisHostWhateverItIs() {
        AcceleratorChoice choice = new KvmProof(real, folder, Optional.empty()).choose();

        assertThat(choice.reason()).endsWith(".").hasSizeGreaterThan(20);
        if (choice.accelerator() == Accelerator.KVM) {
            assertThat(choice.reason()).startsWith("KVM was proven: ");
        } else {
            assertThat(choice.reason()).matches("(/dev/kvm |KVM does not run guests here: |KVM is too slow here: ).*");
        }
        assertThat(new KvmProof(real, folder, Optional.empty()).choose()).isEqualTo(choice);
    }

    @Test
    void takesKvmWhenTheGuestRunsAsFastOnIt() throws IOException {
        // Both runs are TCG, and the guest itself checks what it did.
        AcceleratorChoice choice = proof(
                        onKvm("exec " + real.system() + " $tcg"),
                        taking(Duration.ofSeconds(30), Duration.ofSeconds(30)))
                .choose();

        assertThat(choice.reason()).startsWith("KVM was proven: a small guest took ");
        assertThat(choice.accelerator()).isEqualTo(Accelerator.KVM);
    }

    @Test
    void killsAGuestThatHangs() throws IOException {
        AcceleratorChoice choice = proof(onKvm("exec sleep 63")).choose();

        assertThat(choice.accelerator()).isEqualTo(Accelerator.TCG);
        assertThat(choice.reason()).startsWith("KVM does not run guests here: a small one hung for ");
    }

    @Test
    void saysWhatQemuSaid() throws IOException {
        AcceleratorChoice choice = proof(onKvm("echo 'KVM internal error. Suberror: 1' >&2; echo EAX=0 >&2; exit 1"))
                .choose();

        assertThat(choice.reason())
                .isEqualTo("KVM does not run guests here: a small one failed (KVM internal error. Suberror: 1).");
    }

    @Test
    void saysThatTheGuestFoundItsMemoryWrong() throws IOException {
        AcceleratorChoice choice =
                proof(onKvm("exit " + ProofGuest.EXIT_STATUS_WRONG)).choose();

        assertThat(choice.reason()).contains("it read back other memory than it wrote");
    }

    @Test
    void doesNotTakeAQuietEndForSuccess() throws IOException {
        assertThat(proof(onKvm("exit 0")).choose().reason()).contains("QEMU ended with status 0");
    }

    @Test
    void refusesKvmThatIsSlowerThanTcg() throws IOException {
        Path runs = folder.resolve("runs");
        QemuInstallation right = withSystem("echo >>" + runs + "; exit " + ProofGuest.EXIT_STATUS_RIGHT);
        AcceleratorChoice choice = proof(right, taking(Duration.ofSeconds(10), Duration.ofSeconds(21)))
                .choose();

        assertThat(choice.accelerator()).isEqualTo(Accelerator.TCG);
        assertThat(choice.reason())
                .isEqualTo("KVM is too slow here: a small guest took 21.00 s on KVM and 10.00 s on TCG.");
        assertThat(runs).content().as("both, four times").hasSize(8);
    }

    /** A clock on which each run on TCG takes the one time, and each on KVM the other, whatever else this host does. */
    private static LongSupplier taking(Duration onTcg, Duration onKvm) {
        Iterator<Duration> steps = Stream.generate(() -> List.of(Duration.ZERO, onTcg, Duration.ZERO, onKvm))
                .flatMap(List::stream)
                .iterator();
        AtomicLong now = new AtomicLong();
        return () -> now.addAndGet(steps.next().toNanos());
    }

    @Test
    void remembersTheVerdict() throws IOException {
        proof(onKvm("exit 0")).choose();

        AcceleratorChoice second = proof(onKvm("exit 99")).choose();

        assertThat(second.reason()).contains("status 0");
    }

    @Test
    void provesAnewWhenTheVerdictIsDamagedOrForAnother() throws IOException {
        proof(onKvm("exit 0")).choose();
        Path verdict = folder.resolve("kvm-proof.json");
        String text = Files.readString(verdict);

        Files.writeString(verdict, text.substring(0, text.length() / 2));
        assertThat(proof(onKvm("exit 98")).choose().reason()).contains("status 98");

        Files.writeString(verdict, Files.readString(verdict).replace("boot=", "boot=0"));
        assertThat(proof(onKvm("exit 97")).choose().reason()).contains("status 97");

        Files.writeString(verdict, "{}");
        assertThat(proof(onKvm("exit 96")).choose().reason()).contains("status 96");
    }

    @Test
    void saysThatTheDeviceIsMissing() throws IOException {
        Files.delete(device);

        AcceleratorChoice choice = proof(real).choose();

        assertThat(choice.accelerator()).isEqualTo(Accelerator.TCG);
        assertThat(choice.reason()).startsWith(device + " does not exist");
    }

    @Test
    void failsWhenQemuRunsNothingAtAll() throws IOException {
        QemuInstallation broken = withSystem("echo 'no memory' >&2; exit 1");

        assertThatThrownBy(() -> proof(broken).choose())
                .isInstanceOf(HypervisorException.class)
                .hasMessage("QEMU cannot run even a small guest: no memory.");
    }

    @Test
    void tellsWhoMayOpenTheDevice() throws IOException {
        UnprivilegedUser machines = new UnprivilegedUser(64_000, 64_001);
        int group = (Integer) Files.getAttribute(device, "unix:gid");

        allow("rw-rw-rw-");
        assertThat(KvmAccess.of(device, Optional.of(machines)))
                .isEqualTo(new KvmAccess(Optional.empty(), OptionalInt.empty()));
        allow("rw-rw----");
        KvmAccess byGroup = KvmAccess.of(device, Optional.of(machines));
        assertThat(byGroup.group()).isEqualTo(group == 0 ? OptionalInt.empty() : OptionalInt.of(group));
        assertThat(byGroup.refusal().isPresent()).isEqualTo(group == 0);
        allow("rw-------");
        assertThat(KvmAccess.of(device, Optional.of(machines)).refusal().orElseThrow())
                .contains("with mode 0600, so that machines, which run as user 64000, may not open it");
    }

    private void allow(String permissions) throws IOException {
        Files.setPosixFilePermissions(device, PosixFilePermissions.fromString(permissions));
    }

    private KvmProof proof(QemuInstallation installation) {
        return proof(installation, System::nanoTime);
    }

    private KvmProof proof(QemuInstallation installation, LongSupplier clock) {
        return new KvmProof(installation, folder, Optional.empty(), device, clock);
    }

    /** QEMU itself on TCG, and this script on KVM, where {@code $tcg} stands for the same arguments on TCG. */
    private QemuInstallation onKvm(String script) throws IOException {
        return withSystem("case \"$*\" in *'-accel kvm'*) tcg=$(echo \"$*\" | sed 's/-accel kvm/-accel tcg/'); "
                + script + ";; *) exec " + real.system() + " \"$@\";; esac");
    }

    private QemuInstallation withSystem(String script) throws IOException {
        Path program = folder.resolve("qemu");
        Files.writeString(program, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return new QemuInstallation(
                program, real.version(), real.image(), real.pcMachine(), real.q35Machine(), real.ovmf(), real.tools());
    }
}
