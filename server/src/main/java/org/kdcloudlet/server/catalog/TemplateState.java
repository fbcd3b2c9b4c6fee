package org.kdcloudlet.server.catalog;

/** Whether clones can be made of an image version. */
public enum TemplateState {
    /** There is none; starts boot from the image. */
    NONE,
    /** It is being made. */
    PREPARING,
    /** Starts clone it. */
    READY,
    /** It could not be made; the version says why. Starts boot from the image. */
    FAILED
}
