package org.kdcloudlet.hypervisor.qemu.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.fuzzing.Fuzzing;
import org.kdcloudlet.fuzzing.Mutations;
import org.kdcloudlet.hypervisor.GuestPort;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Protocol;

class UserNetworkConnectionsTest {
    /** As QEMU 7.2 printed it: forwards on 18080 and 18081, two connections before the guest ran. */
    private static final String REAL = """
            Hub -1 (net0):\r
              Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r
              TCP[SYN_SENT]      13       127.0.0.1 18080       10.0.2.15  8080     0     0\r
              TCP[SYN_SENT]      12       127.0.0.1 18080       10.0.2.15  8080     0     0\r
              TCP[HOST_FORWARD]  11       127.0.0.1 18080       10.0.2.15  8080     0     0\r
              UDP[HOST_FORWARD]   9       127.0.0.1 18081       10.0.2.15  8081     0     0\r
            """;

    private static final GuestPort HTTP = new GuestPort(Protocol.TCP, 8080);

    @Test
    void doesNotCountWhatUserNetworkingAcceptedAlone() {
        UserNetworkConnections connections = UserNetworkConnections.parse(REAL);

        assertThat(connections.connections()).hasSize(4);
        assertThat(connections.answered(HTTP)).isZero();
        assertThat(connections.open()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ESTABLISHED", "CLOSE_WAIT", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSING", "LAST_ACK", "TIME_WAIT"})
    void countsWhatTheGuestAnswered(String state) {
        String text = REAL.replaceFirst("SYN_SENT\\]   ", state + "]");

        assertThat(UserNetworkConnections.parse(text).answered(HTTP)).isEqualTo(1);
        assertThat(UserNetworkConnections.parse(text).answered(new GuestPort(Protocol.TCP, 8081)))
                .isZero();
        assertThat(UserNetworkConnections.parse(text).open()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CLOSED", "LISTEN", "SYN_SENT", "SYN_RCVD"})
    void doesNotCountUnfinishedHandshakes(String state) {
        assertThat(UserNetworkConnections.parse(REAL.replace("SYN_SENT", state)).answered(HTTP))
                .isZero();
    }

    @Test
    void doesNotCountConnectionsOutOfTheGuest() {
        String outgoing = "  TCP[ESTABLISHED]   14       10.0.2.15 18080     192.0.2.7  8080     0     0\n"
                + "  UDP[239 sec]       15       10.0.2.15 40000     192.0.2.7    53     0     0\n"
                + "  ICMP[9 sec]        16       10.0.2.15  -        192.0.2.7  -        0     0\n";

        assertThat(UserNetworkConnections.parse(REAL + outgoing).answered(HTTP)).isZero();
        assertThat(UserNetworkConnections.parse(REAL + outgoing).open()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unknown command: 'info usernet'",
                "TCP[ESTABLISHED] 12 127.0.0.1 18080 10.0.2.15 8080 0",
                "TCP[ESTABLISHED] 12 127.0.0.1 18080 10.0.2.15 8080 0 0 0",
                "TCP[established] 12 127.0.0.1 18080 10.0.2.15 8080 0 0",
                "SCTP[ESTABLISHED] 12 127.0.0.1 18080 10.0.2.15 8080 0 0",
                "TCP[ESTABLISHED] 12 localhost 18080 10.0.2.15 8080 0 0"
            })
    void refusesLinesOfAnotherForm(String line) {
        assertThatThrownBy(() -> UserNetworkConnections.parse(REAL + line)).isInstanceOf(HypervisorException.class);
    }

    @Test
    void throwsNothingButItsOwnRefusal() {
        Fuzzing.of(UserNetworkConnectionsTest.class, "qemu-connections")
                .run(Mutations.of(REAL).words("TCP[", "UDP[", " 65536 ", "ESTABLISHED", "\n", "99999999999"), input -> {
                    try {
                        UserNetworkConnections.parse(new String(input, StandardCharsets.ISO_8859_1))
                                .answered(HTTP);
                        return true;
                    } catch (HypervisorException refused) {
                        assertThat(refused).hasMessageContaining("QEMU");
                        return false;
                    }
                })
                .requireBoth();
    }
}
