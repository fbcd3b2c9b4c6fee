package org.kdcloudlet.hypervisor.testing;

/** Thrown in place of a call that a killed process does not get to make. No code of a product catches it. */
public final class FakeCrash extends Error {
    private static final long serialVersionUID = 1L;

    public FakeCrash(String message) {
        super(message);
    }
}
