package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.qemu.protocol.FakeGuest;
import org.kdcloudlet.hypervisor.qemu.protocol.GuestAgent;
import org.kdcloudlet.hypervisor.qemu.protocol.IdentityPort;

class CorrectGuestTest {
    @TempDir
    private Path temp;

    @Test
    void aServiceThatKeepsSilentIsStoodInForByTheHook() throws Exception {
        try (FakeGuest agent = new FakeGuest(temp.resolve("agent"));
                FakeGuest service = new FakeGuest(temp.resolve("identity"));
                GuestChannels channels = new GuestChannels(
                        Optional.of(new GuestAgent(agent.host(), true)),
                        Optional.of(new IdentityPort(service.host())))) {
            MachineRequest request = QemuLab.request();
            CompletableFuture<Void> corrected = CompletableFuture.runAsync(() ->
                    new CorrectGuest(new SecureRandom()).identity(channels, GuestTools.IDENTITY_SERVICE, request));

            assertThat(service.reads()).contains(" hostname=" + request.hostName() + " ");
            assertThat(agent.hears())
                    .contains("guest-exec", "/usr/lib/kdcloudlet/new-identity", "\"" + request.hostName() + "\"");
            agent.says("{\"return\": {\"pid\": 7}}\n");
            assertThat(agent.hears()).contains("guest-exec-status", "7");
            agent.says("{\"return\": {\"exited\": true, \"exitcode\": 0}}\n");
            corrected.get(1, TimeUnit.MINUTES);
        }
    }
}
