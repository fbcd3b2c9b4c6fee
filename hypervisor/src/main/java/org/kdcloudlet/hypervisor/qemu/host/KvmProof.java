package org.kdcloudlet.hypervisor.qemu.host;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import org.kdcloudlet.hypervisor.Accelerator;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides once per boot of this host whether machines run on KVM: only if a small guest ran right on it, as the user that
 * machines run as, and faster than half as fast as on TCG. The verdict is kept in the hypervisor's folder and holds for this
 * boot, kernel, QEMU and user. A device that is missing or closed is looked at each time, since that is quickly mended.
 */
public final class KvmProof {
    /** Raised when the proof changes, so that older verdicts count no more. */
    private static final int VERSION = 1;

    private static final Path DEVICE = Path.of("/dev/kvm");
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final int MAX_VERDICT_BYTES = 16 * 1024;
    private static final Logger LOG = LoggerFactory.getLogger(KvmProof.class);

    private final QemuInstallation installation;
    private final Path verdictFile;
    private final Optional<UnprivilegedUser> user;
    private final Path device;
    private final LongSupplier clock;
    private final ObjectMapper json = new ObjectMapper();

    /**
     * @param folder of the hypervisor, where the verdict is kept
     * @param user whom machines run as; empty for this process's own user
     */
    public KvmProof(QemuInstallation installation, Path folder, Optional<UnprivilegedUser> user) {
        this(installation, folder, user, DEVICE, System::nanoTime);
    }

    KvmProof(
            QemuInstallation installation,
            Path folder,
            Optional<UnprivilegedUser> user,
            Path device,
            LongSupplier clock) {
        this.installation = installation;
        this.verdictFile = folder.resolve("kvm-proof.json");
        this.user = user;
        this.device = device;
        this.clock = clock;
    }

    /** What is kept of a proof. */
    private record Verdict(String key, boolean proven, String reason) {}

    /**
     * Decides, which takes a few seconds when nothing is remembered.
     *
     * @throws HypervisorException if the guest does not run on TCG either
     */
    public AcceleratorChoice choose() {
        KvmAccess access = KvmAccess.of(device, user);
        if (access.refusal().isPresent()) {
            return new AcceleratorChoice(Accelerator.TCG, access.refusal().get(), OptionalInt.empty());
        }
        String key = key(access);
        Verdict verdict = remembered().filter(kept -> kept.key().equals(key)).orElseGet(() -> prove(key, access));
        return verdict.proven()
                ? new AcceleratorChoice(Accelerator.KVM, verdict.reason(), access.group())
                : new AcceleratorChoice(Accelerator.TCG, verdict.reason(), OptionalInt.empty());
    }

    private Verdict prove(String key, KvmAccess access) {
        KvmTrial.Result result = new KvmTrial(installation, user, access.group(), clock).run();
        Verdict verdict = new Verdict(key, result.proven(), result.reason());
        LOG.info("KVM proof: {}", verdict.reason());
        try {
            DurableFile.write(verdictFile, json.writeValueAsBytes(verdict));
        } catch (IOException failure) {
            // Only costs the next start the same few seconds.
            LOG.warn("Cannot keep the KVM verdict in {}: {}", verdictFile, failure.toString());
        }
        return verdict;
    }

    private Optional<Verdict> remembered() {
        try {
            if (!Files.exists(verdictFile) || Files.size(verdictFile) > MAX_VERDICT_BYTES) {
                return Optional.empty();
            }
            return Optional.of(json.readValue(verdictFile.toFile(), Verdict.class))
                    .filter(verdict -> verdict.key() != null && verdict.reason() != null);
        } catch (IOException unreadable) {
            LOG.warn("Proving KVM anew; cannot read {}: {}", verdictFile, unreadable.getMessage());
            return Optional.empty();
        }
    }

    private String key(KvmAccess access) {
        try {
            return String.join(
                    " ",
                    "proof=" + VERSION,
                    "boot="
                            + Files.readString(BOOT_ID, StandardCharsets.US_ASCII)
                                    .strip(),
                    "kernel=" + System.getProperty("os.version"),
                    "qemu=" + installation.system() + "-" + installation.version(),
                    "user=" + user.map(UnprivilegedUser::toString).orElse("own"),
                    "group=" + access.group(),
                    "device="
                            + Files.readAttributes(device, "unix:ino,mode").entrySet().stream()
                                    .sorted(Map.Entry.comparingByKey())
                                    .toList());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
