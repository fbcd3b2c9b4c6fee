package org.kdcloudlet.hypervisor.testing;

/** The calls of the fake hypervisor that can be made to fail, to wait, or to be the last of a process. */
public enum FakeCall {
    ADOPT,
    IMPORT,
    BOOT,
    PREPARE,
    FREEZE,
    CLONE,
    TEMPLATE,
    /** Asks for a key, which changes nothing anywhere. */
    TEMPLATE_KEY,
    REMOVE_TEMPLATE,
    OPEN_TEMPLATE,
    TAKE_TEMPLATE,
    AWAIT_READY,
    STOP,
    PAUSE,
    RESUME,
    POWER_OFF,
    RESTART,
    EJECT,
    SUSPEND,
    WAKE,
    SNAPSHOT,
    RESTORE,
    REMOVE_SNAPSHOT,
    DISCARD,
    USAGE,
    SAVE_DISK,
    OPEN_SCREEN,
    OPEN_SERIAL_CONSOLE
}
