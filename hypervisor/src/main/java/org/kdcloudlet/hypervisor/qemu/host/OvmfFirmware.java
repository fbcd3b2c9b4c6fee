package org.kdcloudlet.hypervisor.qemu.host;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * UEFI firmware of Debian's package {@code ovmf}.
 *
 * @param code the program; read-only, shared by all machines
 * @param variables what each machine gets a private copy of
 */
public record OvmfFirmware(Path code, Path variables) {
    /** Finds the 4 MiB build, which is what current guests expect and the only one of Debian 13, without Secure Boot. */
    static Optional<OvmfFirmware> find(Path folder) {
        Path code = folder.resolve("OVMF_CODE_4M.fd");
        Path variables = folder.resolve("OVMF_VARS_4M.fd");
        return Files.isReadable(code) && Files.isReadable(variables)
                ? Optional.of(new OvmfFirmware(code, variables))
                : Optional.empty();
    }
}
