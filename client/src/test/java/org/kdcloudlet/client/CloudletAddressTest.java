package org.kdcloudlet.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kdcloudlet.fuzzing.Fuzzing;
import org.kdcloudlet.fuzzing.Mutations;

class CloudletAddressTest {
    @Test
    void typedAddresses() {
        assertPlace("192.0.2.1", "192.0.2.1", 9999);
        assertPlace(" 192.0.2.1:80 ", "192.0.2.1", 80);
        assertPlace("2001:db8::1", "2001:db8::1", 9999);
        assertPlace("[2001:db8::1]:80", "2001:db8::1", 80);
        assertPlace("ridge.local", "ridge.local", 9999);
        assertPlace("my_ridge:65535", "my_ridge", 65535);
        assertThat(Cloudlet.parse("192.0.2.1").addresses()).hasSize(1);
        assertThat(Cloudlet.parse("ridge.local").addresses()).isEmpty();
    }

    @Test
    void contentOfQrCodes() {
        Cloudlet cloudlet = Cloudlet.parse("cloudlet://192.0.2.1:9998?name=caf%C3%A9&encryption=enabled&later=x");
        assertThat(cloudlet.name()).isEqualTo("café");
        assertThat(cloudlet.isEncrypted()).isTrue();
        assertThat(cloudlet.port()).isEqualTo(9998);
        assertThat(cloudlet.toUri()).hasToString("cloudlet://192.0.2.1:9998?name=caf%C3%A9&encryption=enabled");
        assertThat(Cloudlet.parse(cloudlet.toUri().toString())).isEqualTo(cloudlet);
        Cloudlet sixth = Cloudlet.parse("cloudlet://[2001:db8::1]");
        assertThat(Cloudlet.parse(sixth.toUri().toString()).host()).isEqualTo("2001:db8::1");
        assertThat(sixth.isEncrypted()).isFalse();
    }

    @Test
    void anythingElseIsRefused() {
        for (String text : List.of(
                "",
                " ",
                "x".repeat(600),
                "http://192.0.2.1",
                "192.0.2.1:0",
                "192.0.2.1:65536",
                "192.0.2.1:x",
                "[nonsense]:1",
                "a b",
                "user@192.0.2.1",
                "192.0.2.1/api",
                "cloudlet://",
                "cloudlet://:9999",
                "cloudlet://a?name=..%2Fetc",
                "cloudlet://a?name=",
                "cloudlet://a?name=%0a",
                "cloudlet://a?name=..",
                "cloudlet://a?encryption=yes",
                "cloudlet://a?name=%zz",
                "999.1.1.1")) {
            assertThatThrownBy(() -> Cloudlet.parse(text))
                    .as(text)
                    .isInstanceOf(CloudletAddressException.class)
                    .satisfies(e ->
                            assertThat(((CloudletException) e).isRetryable()).isFalse());
        }
    }

    @Test
    void whateverIsTypedThereIsACloudletOrARefusal() {
        Mutations typed = Mutations.of(
                        "cloudlet://1.2.3.4",
                        "cloudlet.example.org:9999",
                        "[2001:db8::1]:80",
                        "cloudlet://ridge?name=a")
                .words("://", "[", "]", ":", "%", "?", "&", "#", "@", ".", "\\", "\u00e9", "%00", ":65536", "::");
        Fuzzing.of(CloudletAddressTest.class, "client-addresses")
                .run(typed, input -> {
                    try {
                        Cloudlet cloudlet = Cloudlet.parse(new String(input, StandardCharsets.UTF_8));
                        assertThat(cloudlet.port()).isBetween(1, 65535);
                        assertThat(cloudlet.name()).isNotEmpty();
                        return true;
                    } catch (CloudletAddressException e) {
                        assertThat(e.getMessage()).endsWith(".");
                        return false;
                    }
                })
                .requireBoth();
    }

    private static void assertPlace(String text, String host, int port) {
        Cloudlet cloudlet = Cloudlet.parse(text);
        assertThat(cloudlet.host()).isEqualTo(host);
        assertThat(cloudlet.port()).isEqualTo(port);
        assertThat(cloudlet.isEncrypted()).isFalse();
    }
}
