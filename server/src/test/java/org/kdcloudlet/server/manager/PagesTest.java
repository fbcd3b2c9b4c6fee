package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.FilePayload;
import com.microsoft.playwright.options.RequestOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;

/** The pages of the Manager in a real browser, on a whole server with a fake hypervisor. */
@Timeout(180)
class PagesTest {
    private static final String PASSWORD = "a good password";
    private static final String HOSTILE = "<img src=x onerror=alert(1)>";

    private static TestBrowser browser;

    @TempDir
    private Path data;

    private TestServer server;

    @BeforeAll
    static void openBrowser() {
        browser = new TestBrowser();
    }

    @AfterAll
    static void closeBrowser() {
        browser.close();
    }

    @BeforeEach
    void start() throws IOException {
        server = TestServer.withManager(data, Map.of());
    }

    @AfterEach
    void stop() {
        List<String> faults = browser.leave();
        server.close();
        assertThat(faults).isEmpty();
    }

    private void account(String name, String role) throws IOException {
        server.admin(
                "POST",
                "/v1/users",
                "{\"name\":\"" + name + "\",\"role\":\"" + role + "\",\"password\":\"" + PASSWORD + "\"}");
    }

    private Page loggedIn(String role) throws IOException {
        account(role, role);
        Page page = browser.visit(server.manager());
        TestBrowser.logIn(page, role, PASSWORD);
        assertThat(page.locator("nav")).isVisible();
        return page;
    }

    private JsonNode audit(String action) throws IOException {
        return server.json(server.admin("GET", "/v1/audit?action=" + action, ""))
                .path("entries");
    }

    @Test
    void aViewerMayLookAndNoMore() throws IOException {
        server.serve("demo", 0);
        Page page = loggedIn("viewer");
        page.navigate("/services");
        assertThat(page.getByText("demo", new Page.GetByTextOptions().setExact(true)))
                .isVisible();
        assertThat(page.getByText("New service")).hasCount(0);
        assertThat(page.locator("main form")).hasCount(0);
        assertThat(page.locator("nav")).not().containsText("Administrators");
        String csrf = page.locator("meta[name=csrf-token]").getAttribute("content");
        RequestOptions withToken = RequestOptions.create().setHeader("X-CSRF-Token", csrf);
        assertThat(post(page, "/instances", withToken)).isEqualTo(403);
        assertThat(post(page, "/services/demo/remove", withToken)).isEqualTo(403);
        assertThat(post(page, "/v1/instances", withToken.setData(Map.of("service_id", "demo"))))
                .isEqualTo(403);
        assertThat(page.request().get("/administrators").status()).isEqualTo(403);
        assertThat(page.request().get("/v1/audit").status()).isEqualTo(403);
        assertThat(page.request().get("/new-service").status()).isEqualTo(403);
        assertThat(audit("instances"))
                .hasSize(2)
                .allSatisfy(entry -> assertThat(entry.path("outcome").asText()).isEqualTo("FORBIDDEN"));
    }

    private static int post(Page page, String path, RequestOptions options) {
        return page.request().post(path, options).status();
    }

    @Test
    void aChangeWithoutTheTokenOfTheSessionIsRefused() throws IOException {
        server.serve("demo", 0);
        Page page = loggedIn("administrator");
        assertThat(post(page, "/services/demo/remove", RequestOptions.create())).isEqualTo(403);
        assertThat(post(page, "/services/demo/remove", RequestOptions.create().setHeader("X-CSRF-Token", "guessed")))
                .isEqualTo(403);
        assertThat(post(page, "/v1/instances", RequestOptions.create().setData(Map.of("service_id", "demo"))))
                .isEqualTo(403);
        String csrf = page.locator("meta[name=csrf-token]").getAttribute("content");
        assertThat(post(
                        page,
                        "/services/demo/remove",
                        RequestOptions.create()
                                .setHeader("X-CSRF-Token", csrf)
                                .setHeader("Origin", "http://evil.example")))
                .isEqualTo(403);
        assertThat(server.admin("GET", "/v1/services/demo", "").status()).isEqualTo(200);
    }

    @Test
    void aServiceIsMadeFilledStartedAndDeleted() throws IOException {
        Page page = loggedIn("operator");
        make(page);
        assertThat(page).hasURL(Pattern.compile(".*/services/org.example.demo\\?done=saved"));
        TestBrowser.awaitScripts(page);

        page.locator("#image")
                .setInputFiles(new FilePayload(
                        HOSTILE + ".qcow2", "application/octet-stream", "an image".getBytes(StandardCharsets.UTF_8)));
        page.getByText("Upload", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(page).hasURL(Pattern.compile(".*/operations/[0-9]+"));
        assertThat(page.locator("main .badge").first()).hasText("succeeded");
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "operation");
        page.getByText("To the service").click();
        assertThat(page.locator("main")).containsText("current");
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "service");
        page.getByText("Start an instance").click();
        assertThat(page.locator("#instances")).containsText("ready");

        page.navigate("/services/org.example.demo");
        page.getByLabel("Description").fill("Something else");
        page.getByText("Save", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(page.locator("main p").first()).containsText("Something else");
        page.getByText("Delete…").click();
        assertThat(page.locator("main")).containsText("This stops 1 instance");
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "service-remove");
        page.getByText("Delete the service").click();
        assertThat(page.locator("main")).containsText("There are no services yet");
        assertThat(server.json(server.admin("GET", "/v1/instances", "")).path("instances"))
                .isEmpty();
        assertThat(audit("services"))
                .extracting(entry -> entry.path("action").asText())
                .containsExactly("services.remove", "services.edit", "services.images", "services.add");
    }

    private static void make(Page page) {
        page.getByText("Add one").click();
        TestBrowser.awaitScripts(page);
        page.getByLabel("Service id").fill("org example");
        page.getByLabel("Ports").fill("9000");
        assertThat(page.locator("#service_id-problem")).containsText("must have 1 to 128");
        page.getByLabel("Service id").fill("org.example.demo");
        assertThat(page.locator("#service_id-problem")).isEmpty();
        page.getByLabel("Description").fill("What it does");
        page.getByText("More settings").click();
        page.getByLabel("Instances kept waiting").fill("0");
        page.getByLabel("Instances kept waiting").blur();
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "service-new");
        page.getByLabel("Later, on the page of the service").check();
        page.getByText("Add the service").click();
    }

    @Test
    void whatOthersWroteIsShownAndNotRun() throws IOException {
        server.admin(
                "POST",
                "/v1/services",
                "{\"service_id\":\"demo\",\"description\":\"" + HOSTILE
                        + "\",\"version\":\"\\\"'><script>alert(2)</script>\","
                        + "\"tags\":[\"{{7*7}}${7*7}\"],\"ports\":[{\"port\":9000}],\"pool_size\":0}");
        server.admin("POST", "/v1/tokens", "{\"name\":\"" + HOSTILE + "\"}");
        Page page = loggedIn("administrator");
        for (String path : List.of("/", "/services", "/services/demo", "/audit", "/administrators")) {
            page.navigate(path);
            assertThat(page.locator("img")).hasCount(0);
        }
        page.navigate("/services");
        assertThat(page.locator("[data-label=Description]")).hasText(HOSTILE);
        page.navigate("/services/demo");
        assertThat(page.locator("#version")).hasValue("\"'><script>alert(2)</script>");
        assertThat(page.locator("#tags")).hasValue("{{7*7}}${7*7}");
        page.navigate("/administrators");
        assertThat(page.getByText(HOSTILE)).isVisible();
        page.navigate("/audit?actor=" + "%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E");
        assertThat(page.getByLabel("Who")).hasValue("\"><img src=x onerror=alert(1)>");
        assertThat(page.locator("img")).hasCount(0);
    }

    @Test
    void everyPageFitsAPhoneInLightAndDark() throws IOException {
        server.serve("org.example.a-service-with-a-rather-long-name-that-needs-room", 1);
        String instance = server.json(server.admin(
                        "POST",
                        "/v1/instances",
                        "{\"service_id\":\"org.example.a-service-with-a-rather-long-name-that-needs-room\"}"))
                .path("id")
                .asText();
        account("ada", "administrator");
        Page page = browser.visit(server.manager(), 360, 740);
        TestBrowser.logIn(page, "ada", PASSWORD);
        assertThat(page.locator("nav")).isVisible();
        for (String theme : List.of("light", "dark")) {
            for (String path : List.of(
                    "/",
                    "/services",
                    "/services/org.example.a-service-with-a-rather-long-name-that-needs-room",
                    "/instances",
                    "/instances/" + instance + "/console",
                    "/operations",
                    "/audit",
                    "/administrators")) {
                look(page, path, theme);
            }
        }
        page.setViewportSize(1280, 900);
        page.navigate("/");
        TestBrowser.picture(page, "overview-dark");
    }

    private static void look(Page page, String path, String theme) {
        page.navigate(path);
        if (!page.locator("html").getAttribute("data-bs-theme").equals(theme)) {
            page.locator("#theme").click();
        }
        TestBrowser.assertNoSidewaysScrolling(page);
        TestBrowser.assertAccessible(page);
        String name = path.equals("/") ? "overview" : path.replaceAll("^/([a-z]+).*/?.*", "$1");
        TestBrowser.picture(page, "phone-" + theme + "-" + name + (path.indexOf('/', 1) > 0 ? "-one" : ""));
    }

    /** Browsers open six connections to a server. */
    @Test
    void pagesThatNobodyLooksAtLeaveTheirConnectionToOthersAndCatchUp() throws IOException {
        Page page = loggedIn("viewer");
        page.context()
                .addInitScript(
                        "window.hides = true; Object.defineProperty(document, 'hidden', {get: () => window.hides})");
        List<Page> hidden = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            hidden.add(page.context().newPage());
            hidden.get(i).navigate("/services");
        }
        assertThat(page.locator("h2").first()).isVisible();
        server.serve("demo", 0);
        hidden.get(6)
                .evaluate("() => { window.hides = false; document.dispatchEvent(new Event('visibilitychange')); }");
        assertThat(hidden.get(6).locator("#services")).containsText("demo");
        assertThat(hidden.get(0).locator("#services")).not().containsText("demo");
        // What happens while it is looked at is followed from then on.
        server.serve("another", 0);
        assertThat(hidden.get(6).locator("#services")).containsText("another");
    }

    @Test
    void aPageSaysThatTheCloudletDoesNotAnswerAndGoesOn() throws IOException {
        Page page = loggedIn("viewer");
        page.route("**/live?*", Route::abort);
        page.navigate("/services");
        assertThat(page.locator("#offline")).isVisible();
        TestBrowser.assertAccessible(page);
        server.serve("demo", 0);
        page.unroute("**/live?*");
        assertThat(page.locator("#services")).containsText("demo");
        assertThat(page.locator("#offline")).isHidden();
        // The browser itself complains of a server that does not answer.
        assertThat(browser.leave()).allMatch(fault -> fault.contains("net::ERR_FAILED"));
    }

    @Test
    void aPageWhoseSessionEndedLeadsToTheLogInAndBack() throws IOException {
        account("ada", "viewer");
        Page page = browser.visit(server.manager());
        TestBrowser.logIn(page, "ada", PASSWORD);
        page.navigate("/operations?state=failed");
        Page other = page.context().newPage();
        other.navigate("/apps");
        other.getByText("Log out").click();
        assertThat(page).hasURL(Pattern.compile(".*/log-in\\?next=.*"));
        TestBrowser.fillInLogIn(page, "ada", PASSWORD);
        assertThat(page).hasURL(server.manager() + "/operations?state=failed");
    }

    @Test
    void theKeyboardIsEnough() throws IOException {
        account("ada", "operator");
        Page page = browser.visit(server.manager());
        page.navigate("/log-in");
        assertThat(page.getByLabel("Name")).isFocused();
        page.keyboard().type("ada");
        page.keyboard().press("Tab");
        page.keyboard().type(PASSWORD);
        page.keyboard().press("Enter");
        assertThat(page.locator("nav")).isVisible();
        page.keyboard().press("Tab");
        assertThat(page.locator(".skip-link")).isFocused();
        page.keyboard().press("Enter");
        assertThat(page.locator("main")).isFocused();
    }
}
