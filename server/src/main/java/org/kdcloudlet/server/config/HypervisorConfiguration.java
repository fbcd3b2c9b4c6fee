package org.kdcloudlet.server.config;

/**
 * What runs the machines.
 *
 * @param acceleration what executes their instructions
 */
public record HypervisorConfiguration(Acceleration acceleration) {
    static HypervisorConfiguration read(Section section) {
        return new HypervisorConfiguration(section.choice("acceleration", Acceleration.AUTO));
    }

    /** What executes the instructions of guests. */
    public enum Acceleration {
        /** KVM if a guest was seen to boot with it, else TCG. */
        AUTO,
        /** The processor itself. */
        KVM,
        /** QEMU's translator. */
        TCG
    }
}
