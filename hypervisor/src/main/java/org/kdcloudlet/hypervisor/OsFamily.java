package org.kdcloudlet.hypervisor;

/** What kind of operating system a guest runs. */
public enum OsFamily {
    LINUX,
    WINDOWS,
    OTHER
}
