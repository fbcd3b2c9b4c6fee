package org.kdcloudlet.hypervisor.qemu.protocol;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/** Who listens in tests: this process. */
final class TestListeners {
    static final UnixSockets.Listener OURS = new UnixSockets.Listener(() -> true, () -> OptionalInt.of(ownUser()));
    static final UnixSockets.Listener ENDED = new UnixSockets.Listener(() -> false, OptionalInt::empty);

    private TestListeners() {}

    static int ownUser() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
