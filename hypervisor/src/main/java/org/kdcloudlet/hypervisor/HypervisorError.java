package org.kdcloudlet.hypervisor;

/** Why the hypervisor could not do something; stable, for programs. */
public enum HypervisorError {
    /** The hypervisor's programs are not installed or too old. */
    UNAVAILABLE,
    /** A disk image is not acceptable. */
    IMAGE_INVALID,
    /** The service did not answer before its deadline. */
    NOT_READY,
    /** The guest has no agent that answers, and what was asked for needs one. */
    AGENT_MISSING,
    /** The machine ended before it was expected to. */
    MACHINE_FAILED,
    /** No port of the range is free. */
    PORTS_EXHAUSTED,
    /** The disk is full. */
    NO_SPACE,
    /** Something did not answer in its time. */
    TIMEOUT,
    /** A template is gone or was changed behind our back. */
    TEMPLATE_INVALID,
    /** The machine is not in a state for this. */
    WRONG_STATE,
    /** Anything else. */
    FAILED
}
