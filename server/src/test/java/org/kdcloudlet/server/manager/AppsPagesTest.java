package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.FilePayload;
import com.microsoft.playwright.options.RequestOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.app.TestApk;

/** The app store's pages in a real browser, with real Android packages. */
@Timeout(180)
class AppsPagesTest {
    private static final String HOSTILE = "<img src=x onerror=alert(1)>";
    private static final Page.GetByTextOptions EXACTLY = new Page.GetByTextOptions().setExact(true);

    @TempDir
    private static Path apks;

    private static Path version7;
    private static Path version8;
    private static Path hostile;

    @TempDir
    private Path data;

    private TestManager manager;

    @BeforeAll
    static void makePackages() {
        TestApk maker = new TestApk(apks);
        version7 = maker.make("org.example.speech", 7, "1.0");
        version8 = maker.make("org.example.speech", 8, "1.1");
        hostile = maker.make("org.example.hostile", 1, HOSTILE);
    }

    @BeforeEach
    void start() throws IOException {
        manager = new TestManager(data, Map.of());
    }

    @AfterEach
    void stop() {
        manager.close();
    }

    @Test
    void anAppIsPublishedEditedReplacedDownloadedAndDeleted() throws IOException {
        Page page = manager.loggedIn("operator");
        page.locator("nav").getByText("Apps").click();
        assertThat(page.locator("#apps")).containsText("There are no apps yet");
        TestBrowser.awaitScripts(page);
        publish(page);
        assertThat(page).hasURL(Pattern.compile(".*/apps/[0-9a-f]{24}\\?done=saved"));
        assertThat(page.locator("h1")).hasText("Speech");
        String id = manager.json("/v1/apps").path("apps").get(0).path("id").asText();
        assertThat(page.locator("dl"))
                .containsText(manager.json("/v1/apps/" + id).path("md5").asText());
        assertThat((Boolean) page.locator(".app-icon").evaluate("picture => picture.decode().then(() => true)"))
                .isTrue();

        page.getByLabel("Tags").fill("voice, ,english");
        page.getByText("Save", EXACTLY).click();
        assertThat(page.locator("dl")).containsText("voice, english");
        page.getByLabel("Service").fill("no such id!");
        page.getByText("Save", EXACTLY).click();
        assertThat(page.locator("[role=alert]:visible")).containsText("Service id must have");
        assertThat(page.getByLabel("Service")).hasValue("no such id!");

        page.navigate("/apps/" + id);
        replace(page, version7);
        assertThat(page.locator("#failure")).containsText("not above the present one");
        replace(page, version8);
        assertThat(page.locator("dl")).containsText("1.1 (8)");
        TestBrowser.awaitScripts(page);
        page.getByLabel("An older one, too").check();
        replace(page, version7);
        assertThat(page.locator("dl")).containsText("1.0 (7)");
        Path got = page.waitForDownload(
                        () -> page.getByText("Download", EXACTLY).click())
                .path();
        assertThat(got).hasSameBinaryContentAs(version7);
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "app");

        page.getByText("Delete…").click();
        assertThat(page.locator("h1")).hasText("Delete org.example.speech?");
        TestBrowser.assertAccessible(page);
        page.getByText("Keep it", EXACTLY).click();
        page.getByText("Delete…").click();
        page.getByText("Delete the app").click();
        assertThat(page.locator("#apps")).containsText("There are no apps yet");
        assertThat(manager.audit("apps"))
                .containsExactly(
                        "apps.remove",
                        "apps.package",
                        "apps.package",
                        "apps.package",
                        "apps.edit",
                        "apps.edit",
                        "apps.add");
    }

    private static void publish(Page page) {
        page.locator("#package").setInputFiles(version7);
        page.getByLabel("Service").fill("org.example.speech");
        page.getByLabel("Tags").fill("speech, english");
        page.getByLabel("Description").fill("Understands you");
        TestBrowser.assertAccessible(page);
        page.getByText("Publish", EXACTLY).click();
    }

    private static void replace(Page page, Path apk) {
        page.locator("#package").setInputFiles(apk);
        page.getByText("Replace", EXACTLY).click();
    }

    @Test
    void theListShowsAllAndFollowsChanges() throws IOException {
        Page page = manager.loggedIn("viewer");
        page.navigate("/apps");
        manager.server().publish(version7);
        Locator row = page.locator("#apps tbody tr");
        assertThat(row).hasCount(1);
        for (String text : List.of("Speech", "org.example.speech", "1.0 (7)", "4.1", "KiB", "Speech")) {
            assertThat(row).containsText(text);
        }
        assertThat(row)
                .containsText(manager.json("/v1/apps")
                        .path("apps")
                        .get(0)
                        .path("sha256")
                        .asText());
        assertThat(row.locator("[data-label=Tags]")).hasText("speech");
        assertThat(row.locator("[data-label=Service]")).hasText("org.example.speech");

        String other = manager.server().publish(hostile);
        assertThat(row).hasCount(2);
        Locator kept = page.locator("#row-" + id());
        kept.evaluate("shown => shown.title = 'the same row'");
        manager.server().admin("PATCH", "/v1/apps/" + other, "{\"tags\":[\"changed\"]}");
        assertThat(page.locator("#row-" + other).locator("[data-label=Tags]")).hasText("changed");
        manager.server().admin("DELETE", "/v1/apps/" + other, "");
        assertThat(row).hasCount(1);
        assertThat(kept).hasAttribute("title", "the same row");
        TestBrowser.picture(page, "apps");
    }

    /** Of the app whose package is not hostile. */
    private String id() throws IOException {
        return manager.json("/v1/apps").path("apps").findParents("package_name").stream()
                .filter(app -> app.path("package_name").asText().equals("org.example.speech"))
                .findFirst()
                .orElseThrow()
                .path("id")
                .asText();
    }

    @Test
    void whatIsNoPackageIsRefusedWithTheReason() throws IOException {
        Page page = manager.loggedIn("operator");
        page.navigate("/apps");
        page.locator("#package").setInputFiles(new FilePayload(HOSTILE + ".apk", "text/plain", new byte[] {1, 2, 3}));
        page.getByText("Publish", EXACTLY).click();
        assertThat(page.locator("#failure")).containsText("ackage");
        assertThat(page.locator("main img")).hasCount(0);
        assertThat(manager.json("/v1/apps").path("apps")).isEmpty();
    }

    @Test
    void aViewerMayLookAndDownloadAndNoMore() throws IOException {
        String id = manager.server().publish(version7);
        Page page = manager.loggedIn("viewer");
        for (String path : List.of("/apps", "/apps/" + id)) {
            page.navigate(path);
            assertThat(page.getByText("Download")).isVisible();
            assertThat(page.locator("main form")).hasCount(0);
        }
        assertThat(page.getByText("Delete…")).hasCount(0);
        String csrf = page.locator("meta[name=csrf-token]").getAttribute("content");
        RequestOptions withToken = RequestOptions.create().setHeader("X-CSRF-Token", csrf);
        for (String path : List.of("/apps/" + id + "/edit", "/apps/" + id + "/remove", "/v1/apps")) {
            assertThat(page.request().post(path, withToken).status()).as(path).isEqualTo(403);
        }
        assertThat(page.request().get("/apps/" + id + "/remove").status()).isEqualTo(403);
        assertThat(page.request().get("/v1/apps/" + id + "/package").body()).isEqualTo(Files.readAllBytes(version7));
    }

    @Test
    void whatPackagesAndPeopleWroteIsShownAndNotRun() throws IOException {
        String id = manager.server().publish(hostile);
        manager.server()
                .admin(
                        "PATCH",
                        "/v1/apps/" + id,
                        "{\"description\":\"</textarea>" + HOSTILE
                                + "\",\"tags\":[\"\\\"><script>alert(2)</script>\"]}");
        Page page = manager.loggedIn("operator");
        for (String path : List.of("/apps", "/apps/" + id)) {
            page.navigate(path);
            assertThat(page.locator("main")).containsText(HOSTILE);
            assertThat(page.locator("main")).containsText("<script>alert(2)</script>");
            assertThat(page.locator("img[src=x], main script")).hasCount(0);
        }
        assertThat(page.getByLabel("Description")).hasValue("</textarea>" + HOSTILE);
    }

    @Test
    void thePagesFitAPhoneInLightAndDark() throws IOException {
        String id = manager.server().publish(hostile);
        Page page = manager.loggedIn("operator", 360, 740);
        for (String theme : List.of("light", "dark")) {
            for (String path : List.of("/apps", "/apps/" + id, "/apps/" + id + "/remove", "/packages")) {
                page.navigate(path);
                if (!page.locator("html").getAttribute("data-bs-theme").equals(theme)) {
                    page.locator("#theme").click();
                }
                TestBrowser.assertNoSidewaysScrolling(page);
                TestBrowser.assertAccessible(page);
            }
        }
    }
}
