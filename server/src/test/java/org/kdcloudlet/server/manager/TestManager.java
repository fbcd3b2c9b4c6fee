package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Page;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.kdcloudlet.server.TestServer;

/** A whole server with a Manager on a fake hypervisor, and a browser. Closing fails when something went wrong in a page. */
final class TestManager implements AutoCloseable {
    static final String PASSWORD = "a good password";

    /**
     * Starting a browser takes longer than most tests. All classes of a process share it, one after the other and each on a thread of
     * its own; it ends with the process.
     */
    private static final class Shared {
        static final TestBrowser BROWSER = new TestBrowser();
    }

    private final TestServer server;
    private final TestBrowser browser = Shared.BROWSER;

    /** @param settings on top of those that keep it off the network */
    TestManager(Path data, Map<String, Object> settings) throws IOException {
        server = TestServer.withManager(data, settings);
    }

    TestServer server() {
        return server;
    }

    /** A new browser in which an account of this role, made for it, is logged in. */
    Page loggedIn(String role) throws IOException {
        return loggedIn(role, 1280, 900);
    }

    Page loggedIn(String role, int width, int height) throws IOException {
        String name = role + width;
        account(name, role);
        Page page = browser.visit(server.manager(), width, height);
        TestBrowser.logIn(page, name, PASSWORD);
        assertThat(page.locator("nav")).isVisible();
        return page;
    }

    /** Makes an account whose password is {@link #PASSWORD}. */
    void account(String name, String role) throws IOException {
        server.admin(
                "POST",
                "/v1/users",
                "{\"name\":\"" + name + "\",\"role\":\"" + role + "\",\"password\":\"" + PASSWORD + "\"}");
    }

    /** A new browser in which nobody is logged in. */
    Page visit() {
        return browser.visit(server.manager());
    }

    /** The actions on record of this kind, the latest first. */
    List<String> audit(String kind) throws IOException {
        return server.json(server.admin("GET", "/v1/audit?action=" + kind, ""))
                .path("entries")
                .findValuesAsText("action");
    }

    JsonNode json(String path) throws IOException {
        return server.json(server.admin("GET", path, ""));
    }

    @Override
    public void close() {
        List<String> faults = browser.leave();
        server.close();
        assertThat(faults).isEmpty();
    }
}
