package org.kdcloudlet.hypervisor.qemu;

import java.util.Optional;
import org.kdcloudlet.hypervisor.TemplateKey;

/**
 * Where the guest's memory is.
 *
 * @param file its file, relative to {@code run}; empty for memory of the process alone
 * @param shared whether what the guest writes goes to the file, else it is private to the process
 */
record MemoryBacking(Optional<String> file, boolean shared) {
    /** Memory of the process alone. */
    static MemoryBacking anonymous() {
        return new MemoryBacking(Optional.empty(), false);
    }

    /** A file of the machine, from which a template can be made. */
    static MemoryBacking own() {
        return new MemoryBacking(Optional.of(MachineFolder.MEMORY), true);
    }

    /**
     * A template's file, copied as it is written to. It is reached by its path and not by a second name in the machine's folder:
     * making one would change the time by which changes to the file are noticed.
     */
    static MemoryBacking of(TemplateKey template) {
        return new MemoryBacking(
                Optional.of("../../../template/" + template.value() + "/" + MachineFolder.MEMORY), false);
    }

    /** The value of QEMU's option {@code -object}. */
    String option(int memoryMib) {
        String size = "id=mem,size=" + memoryMib + "M";
        return file.map(path ->
                        "memory-backend-file," + size + ",mem-path=" + path + ",share=" + (shared ? "on" : "off"))
                .orElse("memory-backend-ram," + size);
    }
}
