package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages in which images are prepared by hand, in a real browser, on a whole server with a fake hypervisor. */
class PreparationPagesTest {
    @TempDir
    private Path data;

    @TempDir
    private Path folder;

    private TestManager manager;

    @BeforeEach
    void start() throws IOException {
        manager = new TestManager(data, Map.of("packages.import-folder", folder.toString()));
        manager.server()
                .admin(
                        "POST",
                        "/v1/services",
                        "{\"service_id\":\"org.example.demo\",\"ports\":[{\"port\":9000}],\"pool_size\":0}");
        manager.server().admin("POST", "/v1/services/org.example.demo/images", "an image");
    }

    @AfterEach
    void stop() {
        manager.close();
    }

    private static void press(Page page, String button) {
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(button).setExact(true))
                .click();
    }

    /** The fake's screen speaks no RFB, so there is nothing to connect to; consoles are tested on real machines. */
    private static Page withoutConsole(Page page) {
        page.route(
                Pattern.compile(".*/files/.*console.*"),
                route -> route.fulfill(new Route.FulfillOptions()
                        .setContentType("text/javascript")
                        .setBody("")));
        return page;
    }

    private Page onForm(Page visitor) {
        Page page = withoutConsole(visitor);
        page.navigate("/services/org.example.demo");
        assertThat(page.locator("main tbody")).containsText("ready");
        page.getByText("Edit image").click();
        return page;
    }

    @Test
    void anImageIsPreparedSurvivesAReloadAndIsSaved() throws IOException {
        Files.writeString(folder.resolve("tools.iso"), "tools");
        Page page = onForm(manager.loggedIn("operator"));
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "preparation-new");
        page.locator("#cdrom").selectOption("tools.iso");
        page.getByLabel("Let the guest reach the network").check();
        press(page, "Start the machine");
        assertThat(page.locator("[data-state]")).hasText("running");
        assertThat(page.locator("#preparation-body")).containsText("network open");
        page.reload();
        assertThat(page.locator("[data-state]")).hasText("running");
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "preparation");
        press(page, "Eject the CD-ROM");
        assertThat(page.locator("#preparation-body")).containsText("CD-ROM none");
        manager.server().world().shutDown(manager.server().world().running().get(0));
        assertThat(page.locator("[data-state]")).hasText("powered off");
        page.navigate("/");
        assertThat(page.locator("main")).containsText("switched off; save or discard it");
        page.navigate("/services/org.example.demo/preparation");
        press(page, "Save as image");
        assertThat(page).hasURL(Pattern.compile(".*/operations/[0-9]+"));
        assertThat(page.locator("main .badge").first()).hasText("succeeded");
        page.getByText("To the service").click();
        assertThat(page.locator("main tbody tr").first()).containsText("2 current");
    }

    @Test
    void itIsDiscardedAfterAQuestionAndAViewerMayOnlyLook() throws IOException {
        Page page = onForm(manager.loggedIn("operator"));
        press(page, "Start the machine");
        assertThat(page.locator("[data-state]")).hasText("running");
        Page viewer = withoutConsole(manager.loggedIn("viewer"));
        viewer.navigate("/services/org.example.demo/preparation");
        assertThat(viewer.locator("[data-state]")).hasText("running");
        assertThat(viewer.locator("main form")).hasCount(0);
        page.getByText("Discard…").click();
        press(page, "Discard it");
        assertThat(page).hasURL(Pattern.compile(".*/services/org.example.demo.*"));
        assertThat(page.locator("main tbody tr")).hasCount(1);
        assertThat(viewer.locator("#preparation-body")).containsText("has ended");
    }

    @Test
    void thePagesFitAPhoneInLightAndDark() throws IOException {
        Page page = manager.loggedIn("operator", 360, 740);
        for (String theme : List.of("light", "dark")) {
            onForm(page);
            if (!page.locator("html").getAttribute("data-bs-theme").equals(theme)) {
                page.locator("#theme").click();
            }
            TestBrowser.assertNoSidewaysScrolling(page);
            TestBrowser.assertAccessible(page);
            TestBrowser.picture(page, "preparation-new-phone-" + theme);
            press(page, "Start the machine");
            assertThat(page.locator("[data-state]")).hasText("running");
            TestBrowser.assertNoSidewaysScrolling(page);
            TestBrowser.assertAccessible(page);
            TestBrowser.picture(page, "preparation-phone-" + theme);
            page.getByText("Discard…").click();
            press(page, "Discard it");
        }
    }
}
