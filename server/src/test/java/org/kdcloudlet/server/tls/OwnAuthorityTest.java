package org.kdcloudlet.server.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.FakeClock;
import org.kdcloudlet.server.error.CloudletException;

class OwnAuthorityTest {
    private static final byte[] LINK_LOCAL = {(byte) 0xfe, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

    @TempDir
    private Path folder;

    private final FakeClock clock = new FakeClock();

    private X509Certificate certificate(InetAddress... addresses) {
        return new OwnAuthority(folder, clock)
                .server("ridge", List.of("ridge.local"), List.of(addresses))
                .certificate();
    }

    @Test
    void addressesOfBothFamiliesAreInItAndItIsMadeOnce() throws Exception {
        InetAddress scoped = Inet6Address.getByAddress("", LINK_LOCAL, 2);
        assertThat(scoped.getHostAddress()).contains("%");
        X509Certificate first = certificate(InetAddress.getByName("192.0.2.1"), scoped);
        assertThat(first.getSubjectAlternativeNames())
                .extracting(name -> String.valueOf(name.get(1)))
                .containsExactly("ridge.local", "192.0.2.1", "fe80:0:0:0:0:0:0:1");
        assertThat(certificate(InetAddress.getByName("192.0.2.1"), scoped)).isEqualTo(first);
        assertThat(certificate(InetAddress.getByName("192.0.2.2"))).isNotEqualTo(first);
    }

    @Test
    void itIsMadeAnewBeforeItEnds() throws Exception {
        X509Certificate first = certificate();
        clock.advance(Duration.ofDays(330));
        assertThat(certificate()).isEqualTo(first);
        clock.advance(Duration.ofDays(10));
        X509Certificate second = certificate();
        assertThat(second).isNotEqualTo(first);
        assertThat(second.getIssuerX500Principal()).isEqualTo(first.getIssuerX500Principal());
    }

    @Test
    void aKilledServerLeavesNothingThatIsInTheWay() throws Exception {
        certificate();
        Files.delete(folder.resolve("server.pem"));
        Files.writeString(folder.resolve("server.pem.new"), "half a certific");
        assertThat(certificate()).isNotNull();
        Files.delete(folder.resolve("ca.pem"));
        assertThat(certificate())
                .as("a key without its certificate is made anew")
                .isNotNull();
    }

    @Test
    void whatIsNoCertificateIsRefusedByName() throws IOException {
        certificate();
        Files.writeString(folder.resolve("ca.pem"), "no certificate");
        assertThatThrownBy(this::certificate)
                .isInstanceOf(CloudletException.class)
                .hasMessageContaining("ca.pem must hold a certificate");
    }
}
