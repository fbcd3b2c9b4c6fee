package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server in a process of its own, as an operator starts it for the first time. */
class FirstStartTest {
    private static final Pattern LINK = Pattern.compile("(http://\\S+/setup)#([A-Za-z0-9_-]{43})");

    @TempDir
    private Path folder;

    @Test
    void theLinkIsPrintedUntilThereIsAnAccountWhichOutlivesAKill() throws Exception {
        int port = FreePort.next();
        try (ServerProcess server = new ServerSetup(folder).managerPort(port).start()) {
            Matcher link = LINK.matcher(server.output());
            assertThat(link.find()).as(server.output()).isTrue();
            assertThat(setUp(link.group(1), link.group(2))).isEqualTo(303);
            server.command("settings", "set", "instances.max", "17");
            server.kill();
        }
        try (ServerProcess server = new ServerSetup(folder).managerPort(port).start()) {
            assertThat(LINK.matcher(server.output()).find()).isFalse();
            assertThat(server.command("user", "list").at("/users/0/name").asText())
                    .isEqualTo("ada");
            assertThat(server.command("audit").at("/entries/0/action").asText()).isEqualTo("settings.edit");
            assertThat(server.command("audit").at("/entries/1/action").asText()).isEqualTo("setup");
            assertThat(server.command("status").at("/capacity/max_instances").asInt())
                    .isEqualTo(17);
            assertThat(server.output()).doesNotContain("a good password");
        }
        assertThat(Files.exists(folder.resolve("data/tls"))).isFalse();
    }

    private static int setUp(String address, String code) throws Exception {
        HttpRequest form = HttpRequest.newBuilder(URI.create(address))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("code=" + code + "&name=ada&password=a+good+password"))
                .build();
        return HttpClient.newHttpClient()
                .send(form, HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
