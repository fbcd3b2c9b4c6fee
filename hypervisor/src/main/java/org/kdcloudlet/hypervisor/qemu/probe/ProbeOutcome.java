package org.kdcloudlet.hypervisor.qemu.probe;

/**
 * What one attempt saw.
 *
 * @param ready whether the probe succeeded
 * @param seen what was seen, as the end of the sentence "it did not become ready: ..."
 */
record ProbeOutcome(boolean ready, String seen) {
    static final ProbeOutcome READY = new ProbeOutcome(true, "it answered");
    static final ProbeOutcome NO_ANSWER = new ProbeOutcome(false, "no answer");
    static final ProbeOutcome REFUSED = new ProbeOutcome(false, "connection refused by the guest");
    static final ProbeOutcome CLOSED = new ProbeOutcome(false, "the guest closed the connection without an answer");
    static final ProbeOutcome SLOW =
            new ProbeOutcome(false, "the guest accepted the connection but did not answer in time");

    static ProbeOutcome notReady(String seen) {
        return new ProbeOutcome(false, seen);
    }
}
