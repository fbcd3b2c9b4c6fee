package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Page;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.kdcloudlet.server.FreePort;
import org.kdcloudlet.server.Processes;
import org.kdcloudlet.server.ServerProcess;
import org.kdcloudlet.server.ServerSetup;
import org.kdcloudlet.server.web.RawHttp;

/**
 * The whole server with a Manager and real machines in a process of its own, that is killed or ended and started anew on the same
 * port, so that pages that were open go on.
 */
final class ManagerProcess implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final int port;
    private ServerProcess process;

    ManagerProcess(Path folder) throws IOException {
        this.folder = folder;
        this.port = FreePort.next();
        start();
    }

    void start() throws IOException {
        process = new ServerSetup(folder).managerPort(port).start();
    }

    /** Kills it without a chance to do anything. */
    void kill() throws InterruptedException {
        process.kill();
    }

    /** Ends it in order; its machines run on. */
    void end() {
        process.close();
    }

    Path data() {
        return folder.resolve("data");
    }

    /** The processes of its machines. */
    List<ProcessHandle> machines() {
        return Processes.workingBelow(data().resolve("machines"));
    }

    /** Asks the admin REST API. */
    RawHttp.Answer ask(String method, String path, String headers, byte[] body) throws IOException {
        return RawHttp.exchange(data().resolve("cloudlet.sock"), method, path, headers, body);
    }

    /** Asks the admin REST API, which is to have no objection. */
    JsonNode json(String method, String path, String body) throws IOException {
        return json(method, path, "Content-Type: application/json\r\n", body.getBytes(StandardCharsets.UTF_8));
    }

    JsonNode json(String method, String path, String headers, byte[] body) throws IOException {
        RawHttp.Answer answer = ask(method, path, headers, body);
        assertThat(answer.status()).as("%s %s: %s", method, path, answer.body()).isBetween(200, 299);
        return JSON.readTree(answer.body());
    }

    JsonNode get(String path) throws IOException {
        return json("GET", path, "");
    }

    /** Waits until an operation has ended. */
    JsonNode awaitEnd(String operation) throws IOException {
        JsonNode known = get("/v1/operations/" + operation);
        while (known.path("finished").isNull()) {
            known = get("/v1/operations/" + operation + "/wait?seconds=30");
        }
        return known;
    }

    /** A new browser in which an operator, an account that is made, is logged in. */
    Page operator(TestBrowser browser, String name) throws IOException {
        json(
                "POST",
                "/v1/users",
                "{\"name\":\"" + name + "\",\"role\":\"operator\",\"password\":\"" + TestManager.PASSWORD + "\"}");
        Page page = browser.visit(URI.create("http://127.0.0.1:" + port));
        TestBrowser.logIn(page, name, TestManager.PASSWORD);
        assertThat(page.locator("nav")).isVisible();
        return page;
    }

    @Override
    public void close() {
        end();
    }
}
