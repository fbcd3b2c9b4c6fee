package org.kdcloudlet.hypervisor;

/**
 * What a template depends on, as one digest: image, hypervisor version, versioned machine type, CPU model, accelerator,
 * firmware, RAM, CPUs and devices. When one changes, the key does, and the template has to be made anew.
 *
 * @param value 64 lowercase hex digits
 */
public record TemplateKey(String value) {
    public TemplateKey {
        if (!value.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("Not a template key: " + value);
        }
    }
}
