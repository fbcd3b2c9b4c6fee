package org.kdcloudlet.server.instance;

/** How the machine of an instance came to be. */
public enum StartKind {
    /** It was waiting in the pool. */
    POOL,
    /** It was cloned from a template for this start. */
    CLONE,
    /** It was booted from the image, because there was no template to clone. */
    BOOT
}
