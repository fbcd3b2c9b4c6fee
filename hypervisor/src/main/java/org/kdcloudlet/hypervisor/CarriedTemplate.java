package org.kdcloudlet.hypervisor;

import java.nio.file.Path;
import java.util.Map;

/**
 * A template that was made elsewhere and carried here ({@link TemplateFiles}). Memory and devices in it go to the hypervisor's program
 * as they are, so whoever makes one of these has to know that nobody but a trusted host wrote its files.
 *
 * @param key that it had there
 * @param spec the hardware of the machine and of each clone
 * @param description as it was there
 * @param files by name; on the file system of the hypervisor's folder, and nobody else can change them
 */
public record CarriedTemplate(TemplateKey key, MachineSpec spec, String description, Map<String, Path> files) {
    public CarriedTemplate {
        files = Map.copyOf(files);
    }
}
