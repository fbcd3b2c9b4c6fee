package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.manager.SocketVisitor.PATIENCE;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.RequestOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.testing.FakeScreen;
import org.kdcloudlet.server.manager.console.Consoles;

/** What runs, in a real browser. */
@Timeout(180)
class InstancesPagesTest {
    private static final Page.GetByTextOptions EXACTLY = new Page.GetByTextOptions().setExact(true);

    /** A FramebufferUpdate (RFC 6143, section 7.6.1) of one pixel, after which a client asks for the next. */
    private static final byte[] ONE_PIXEL = {0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 2, 3, 0};

    @TempDir
    private Path data;

    private TestManager manager;

    @BeforeEach
    void start() throws IOException {
        manager = new TestManager(data, Map.of());
        manager.server().serve("demo", 0);
    }

    @AfterEach
    void stop() {
        manager.close();
    }

    @Test
    void instancesAreShownAsTheyAreAndActedOn() throws IOException {
        Page page = manager.loggedIn("operator");
        page.navigate("/instances");
        assertThat(page.locator("#instances")).containsText("Nothing runs");
        UUID id = manager.server().start("demo");
        Locator row = page.locator("#instances tbody tr");
        assertThat(row).hasCount(1);
        assertThat(row).containsText("ready");
        assertThat(row.locator("[data-label=Memory]")).containsText("B");
        assertThat(row.locator("[data-label=Address]")).containsText(Pattern.compile(":2[0-9]{4} → 9000/tcp"));
        assertThat(row.locator("[data-label=SSH]")).hasText("–");
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "instances");
        row.getByText("Pause").click();
        assertThat(row).containsText("paused");
        row.getByText("Resume").click();
        assertThat(row).containsText("ready");
        row.getByText("More…").click();
        assertThat(page).hasURL(Pattern.compile(".*/instances/" + id));
        assertThat(page.locator("#migrate-" + id)).isDisabled();
        assertThat(page.locator("#migrate-why")).containsText("no other cloudlet in reach");
        page.getByText("Suspend", EXACTLY).click();
        assertThat(page.locator("main dl")).containsText("suspended");
        page.getByText("Wake", EXACTLY).click();
        assertThat(page.locator("main dl")).containsText("ready");
        page.getByText("Screen", EXACTLY).click();
        Locator picture = page.locator("main img");
        assertThat(picture).isVisible();
        assertThat(page.request().get(picture.getAttribute("src")).headers().get("content-type"))
                .isEqualTo("image/png");
        page.getByText("Back to the instance").click();
        page.getByText("Log", EXACTLY).click();
        assertThat(page.locator("pre")).isVisible();
        page.navigate("/instances");
        row.getByText("Stop").click();
        assertThat(page.locator("#instances")).containsText("Nothing runs");
    }

    @Test
    void aSnapshotIsTakenRestoredAndRemoved() throws IOException {
        UUID id = manager.server().start("demo");
        manager.server().world().content(id, "before");
        Page page = manager.loggedIn("operator");
        page.navigate("/instances/" + id);
        page.getByLabel("Name of the snapshot").fill("before the change");
        page.getByText("Take it").click();
        assertThat(page).hasURL(Pattern.compile(".*/instances/" + id)); // the browser refuses the space
        page.getByLabel("Name of the snapshot").fill("before");
        page.getByText("Take it").click();
        assertThat(page.locator("main .badge").first()).hasText("succeeded");
        page.getByText("To the instance").click();
        Locator row = page.locator("table tbody tr");
        assertThat(row).containsText("before");
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "instance");
        manager.server().world().content(id, "after");

        row.getByText("Restore…").click();
        manager.server().admin("POST", "/v1/instances/" + id + "/pause", "");
        assertThat(page.locator("main dl")).containsText("paused");
        manager.server().admin("POST", "/v1/instances/" + id + "/resume", "");
        assertThat(page.locator("main dl")).containsText("ready");
        page.getByLabel("Go back to before").click();

        assertThat(page.locator("main .badge").first()).hasText("succeeded");
        assertThat(manager.server().world().content(id)).isEqualTo("before");
        page.getByText("To the instance").click();
        assertThat(page.locator("main dl")).containsText("ready");
        page.getByLabel("Remove before").click();
        assertThat(page.locator("main")).containsText("There are none");
        assertThat(manager.audit("instances"))
                .contains("instances.snapshots", "instances.snapshots.restore", "instances.snapshots.remove");
    }

    @Test
    void anInstanceIsSavedAsAVersionAndAsAService() throws IOException {
        UUID id = manager.server().start("demo");
        Page page = manager.loggedIn("operator");
        page.navigate("/instances/" + id);
        page.getByText("As a new version of demo").click();
        assertThat(page.locator("main .badge").first()).hasText("succeeded");
        page.getByText("To the instance").click();
        page.getByLabel("Id of the new service").fill("demo.saved");
        page.getByText("As a new service").click();
        assertThat(page.locator("main .badge").first()).hasText("succeeded");
        page.navigate("/services");
        assertThat(page.locator("tr", new Page.LocatorOptions().setHasText("demo.saved")))
                .containsText("ready");
        assertThat(manager.json("/v1/services/demo/images").path("images")).hasSize(2);
        assertThat(manager.json("/v1/instances/" + id).path("state").asText()).isEqualTo("ready");
    }

    @Test
    void aViewerLooksAtAnInstanceAndNoMore() throws IOException {
        UUID id = manager.server().start("demo");
        manager.server().admin("POST", "/v1/instances/" + id + "/snapshots", "{\"name\":\"kept\"}");
        Page page = manager.loggedIn("viewer");
        page.navigate("/instances/" + id);
        assertThat(page.locator("table tbody tr")).containsText("kept");
        assertThat(page.locator("main form")).hasCount(0);
        assertThat(page.locator("main button")).hasCount(0);
        String csrf = page.locator("meta[name=csrf-token]").getAttribute("content");
        RequestOptions withToken = RequestOptions.create().setHeader("X-CSRF-Token", csrf);
        for (String path : List.of("/snapshots", "/snapshots/kept/restore", "/snapshots/kept/remove", "/save")) {
            assertThat(page.request().post("/instances/" + id + path, withToken).status())
                    .as(path)
                    .isEqualTo(403);
        }
        manager.server().admin("DELETE", "/v1/instances/" + id, "");
        assertThat(page.locator("main [role=status]")).containsText("The instance is gone");
        assertThat(page.request().get("/instances/" + id).status()).isEqualTo(404);
        assertThat(page.request().get("/instances/nonsense").status()).isEqualTo(404);
    }

    /** What is not sent stays the very element that it was, with what the test wrote on it. */
    @Test
    void onlyRowsThatChangedAreMadeAnew() throws IOException {
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(manager.server().start("demo"));
        }
        Page page = manager.loggedIn("operator");
        page.navigate("/instances");
        assertThat(page.locator("#instances tbody tr")).hasCount(5);
        page.evaluate("() => document.querySelectorAll('#instances tbody tr').forEach(row => row.marked = true)");
        Locator first = page.locator("#row-" + ids.get(0));
        first.getByText("Pause").focus();

        manager.server().admin("POST", "/v1/instances/" + ids.get(1) + "/pause", "");
        manager.server().admin("DELETE", "/v1/instances/" + ids.get(2), "");
        UUID added = manager.server().start("demo");

        assertThat(page.locator("#row-" + ids.get(1))).containsText("paused");
        assertThat(page.locator("#row-" + ids.get(2))).hasCount(0);
        assertThat(page.locator("#instances tbody tr").last()).hasAttribute("id", "row-" + added);
        assertThat(page.locator("#instances tbody tr")).hasCount(5);
        assertThat(first.getByText("Pause")).isFocused();
        Object marked = page.evaluate("() => Array.from(document.querySelectorAll('#instances tbody tr'))"
                + ".filter(row => row.marked).map(row => row.id)");
        assertThat(marked).isEqualTo(List.of("row-" + ids.get(0), "row-" + ids.get(3), "row-" + ids.get(4)));
        page.locator("#row-" + ids.get(1)).getByText("Resume").click();
        assertThat(page.locator("#row-" + ids.get(1))).containsText("ready");

        TestBrowser.awaitScripts(page);
        Locator pressed = page.locator("#row-" + ids.get(3));
        pressed.getByText("More…").hover();
        page.mouse().down();
        manager.server().admin("POST", "/v1/instances/" + ids.get(3) + "/pause", "");
        TestBrowser.bringUpToDate(page, "[data-rows]");
        assertThat(pressed).containsText("ready");
        page.mouse().up();
        assertThat(page).hasURL(Pattern.compile(".*/instances/" + ids.get(3)));
    }

    @Test
    void theListOfServicesKeepsTheRowsThatDidNotChange() throws IOException {
        manager.server().serve("other", 0);
        Page page = manager.loggedIn("operator");
        page.navigate("/services");
        Locator rows = page.locator("#services tbody tr");
        assertThat(rows).hasCount(2);
        page.evaluate("() => document.querySelectorAll('#services tbody tr').forEach(row => row.marked = true)");
        manager.server().start("demo");
        assertThat(rows.first().locator("[data-label=Instances]")).hasText("1");
        Object marked = page.evaluate(
                "() => Array.from(document.querySelectorAll('#services tbody tr')).map(row => row.marked === true)");
        assertThat(marked).isEqualTo(List.of(false, true));
        manager.server().serve("first-by-its-id", 0);
        assertThat(rows).hasCount(3);
        assertThat(rows.nth(1)).containsText("first-by-its-id");
        manager.server().admin("DELETE", "/v1/services/other", "");
        assertThat(rows).hasCount(2);
    }

    @Test
    void thePagesFitAPhoneInLightAndDark() throws IOException {
        UUID id = manager.server().start("demo");
        manager.server()
                .admin("POST", "/v1/instances/" + id + "/snapshots", "{\"name\":\"" + "long-".repeat(12) + "\"}");
        Page page = manager.loggedIn("operator", 360, 740);
        for (String theme : List.of("light", "dark")) {
            for (String path : List.of("/instances", "/instances/" + id)) {
                page.navigate(path);
                if (!page.locator("html").getAttribute("data-bs-theme").equals(theme)) {
                    page.locator("#theme").click();
                }
                TestBrowser.assertNoSidewaysScrolling(page);
                TestBrowser.assertAccessible(page);
                TestBrowser.picture(page, "phone-" + theme + (path.equals("/instances") ? "-instances" : "-instance"));
            }
        }
    }

    @Test
    void aConsoleTooManySaysSo() throws IOException {
        UUID id = manager.server().start("demo");
        Page page = manager.loggedIn("operator");
        page.navigate("/instances");
        page.evaluate(
                "async ([id, many]) => { window.open1 = []; for (let i = 0; i < many; i++) {"
                        + " const address = location.origin.replace('http', 'ws') + '/instances/' + id + '/console/socket';"
                        + " const socket = new WebSocket(address); window.open1.push(socket);"
                        + " await new Promise(done => { socket.onopen = done; }); } }",
                List.of(id.toString(), Consoles.MAX_CONSOLES));
        await().atMost(PATIENCE)
                .until(() -> manager.server().world().screens(id).size() == Consoles.MAX_CONSOLES);
        Page tooMany = page.context().newPage();
        tooMany.navigate("/instances/" + id + "/console");
        assertThat(tooMany.locator("#console-state")).containsText("16 consoles are open already; close one of them");
        page.navigate("/instances");
        await().atMost(PATIENCE)
                .until(() -> manager.server().world().screens(id).size() > Consoles.MAX_CONSOLES);
        greet(manager.server().world().screens(id).get(Consoles.MAX_CONSOLES));
        assertThat(tooMany.locator("#console-state")).hasText("Connected");
    }

    /** What the page asks for by itself, as long as it is open, is told from what is done in it. */
    @Test
    void anOpenConsoleIsNoUseOfAnInstanceAndWhatIsDoneInItIs() throws IOException {
        UUID id = manager.server().start("demo");
        Page page = manager.loggedIn("operator");
        page.navigate("/instances/" + id + "/console");
        await().atMost(PATIENCE)
                .until(() -> !manager.server().world().screens(id).isEmpty());
        FakeScreen screen = manager.server().world().screens(id).get(0);
        greet(screen);
        assertThat(page.locator("#console-state")).hasText("Connected");
        String opened = lastUsed();
        for (int i = 0; i < 5; i++) {
            int before = screen.received().length;
            screen.show(ONE_PIXEL);
            await().atMost(PATIENCE).until(() -> screen.received().length > before);
        }
        assertThat(lastUsed()).isEqualTo(opened);
        page.locator("#console canvas").click();
        await().atMost(PATIENCE).until(() -> !lastUsed().equals(opened));
        String clicked = lastUsed();
        page.keyboard().press("a");
        await().atMost(PATIENCE).until(() -> !lastUsed().equals(clicked));
    }

    /** By the list, since asking for the one is use. */
    private String lastUsed() throws IOException {
        return manager.json("/v1/instances")
                .path("instances")
                .get(0)
                .path("last_used")
                .asText();
    }

    @Test
    void aViewersConsoleIsForLooking() throws IOException {
        UUID id = manager.server().start("demo");
        Page page = manager.loggedIn("viewer");
        page.navigate("/instances");
        page.locator("#instances tbody tr").getByText("Console").click();
        assertThat(page.getByText("You may look only")).isVisible();
        assertThat(page.getByText("Ctrl+Alt+Del")).hasCount(0);
        assertThat(page.getByText("Type it")).hasCount(0);
        await().atMost(PATIENCE)
                .until(() -> !manager.server().world().screens(id).isEmpty());
        greet(manager.server().world().screens(id).get(0));
        assertThat(page.locator("#console-state")).hasText("Connected");
        manager.server().world().screens(id).get(0).end();
        await().atMost(PATIENCE)
                .until(() -> manager.server().world().screens(id).size() > 1);
        greet(manager.server().world().screens(id).get(1));
        assertThat(page.locator("#console-state")).hasText("Connected");
        manager.server().admin("DELETE", "/v1/instances/" + id, "");
        assertThat(page.locator("#console-state")).hasText("The instance is gone.");
    }

    /** Says what an RFB server without security says to a client (RFC 6143, sections 7.1 to 7.3), with a screen of 16 by 16. */
    private static void greet(FakeScreen screen) throws IOException {
        String screenIs = "\0\20\0\20" + "\40\30\0\1\0\377\0\377\0\377\20\10\0\0\0\0" + "\0\0\0\4demo";
        int answered = 0;
        for (String part : List.of("RFB 003.008\n", "\1\1", "\0\0\0\0", screenIs)) {
            screen.show(part.getBytes(StandardCharsets.ISO_8859_1));
            int before = answered;
            await().atMost(PATIENCE).until(() -> screen.received().length > before);
            answered = screen.received().length;
        }
    }
}
