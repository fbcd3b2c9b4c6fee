package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReturnAddressTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/services",
                "/services/org.example.a",
                "/operations?state=failed&before=7",
                "/audit?actor=%3Cb%3E"
            })
    void aPageOfTheManagerIsKept(String path) {
        ReturnAddress address = ReturnAddress.of(Optional.of(path));
        assertThat(address.path()).isEqualTo(path);
        assertThat(address.query()).startsWith("?next=%2F").doesNotContain("&");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "services",
                "//evil.example",
                "/\\evil.example",
                "\\\\evil.example",
                "/.//evil.example",
                "https://evil.example/",
                "javascript:alert(1)",
                "/a\r\nSet-Cookie: a=b",
                "/\t/evil.example",
                "/services\u0000",
                "/<script>",
                "/log-in",
                "/log-in?next=/log-in",
                "/log-out",
                "/setup",
                "/live?since=1"
            })
    void whatLeadsElsewhereIsNot(String path) {
        assertThat(ReturnAddress.of(Optional.of(path))).isEqualTo(ReturnAddress.START);
    }

    @Test
    void whatIsEndlessOrMissingIsNot() {
        assertThat(ReturnAddress.of(Optional.of("/" + "a".repeat(501)))).isEqualTo(ReturnAddress.START);
        assertThat(ReturnAddress.of(Optional.empty()).query()).isEmpty();
    }
}
