package org.kdcloudlet.hypervisor.testing;

import org.kdcloudlet.hypervisor.MachineSnapshot;

/** What a machine was when its snapshot was taken. */
record FakeSnapshot(MachineSnapshot shown, String content) {}
