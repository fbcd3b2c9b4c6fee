package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.testing.FakeCall;

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
        Page other = withoutConsole(page.context().newPage());
        other.navigate("/services/org.example.demo/preparation");
        press(other, "Eject the CD-ROM");
        assertThat(page.locator("#preparation-body")).containsText("CD-ROM none");
        // What happens right after something else is shown too.
        page.evaluate("htmx.trigger('#preparation-body', 'sse:operations')");
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

    /** The form of a new service, filled in but for its image. */
    private Page onNewService(String id) throws IOException {
        Page page = withoutConsole(manager.loggedIn("operator"));
        page.navigate("/new-service");
        page.getByLabel("Service id").fill(id);
        page.getByLabel("Ports").fill("9000");
        page.getByText("More settings").click();
        page.getByLabel("Instances kept waiting").fill("0");
        return page;
    }

    private static void beginAndSave(Page page, String id) {
        press(page, "Start the machine");
        assertThat(page.locator("[data-state]")).hasText("running");
        press(page, "Save as image");
        assertThat(page.locator("main .badge").first()).hasText("succeeded");
        page.getByText("To the service").click();
        assertThat(page.locator("h1")).hasText(id);
    }

    @Test
    void aNewServicesImageIsStoredAndPreparedInteractively() throws IOException {
        Path image = Files.writeString(folder.resolve("plain.qcow2"), "a plain system");
        Page page = onNewService("org.example.plain");
        page.locator("#image").setInputFiles(image);
        page.getByLabel("Interactively").check();
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "service-new-interactive");
        page.getByText("Add the service").click();
        assertThat(page.locator("main")).containsText("stored as image version 1, and neither booted nor used yet");
        assertThat(manager.json("/v1/services/org.example.plain/images")
                        .at("/images/0/template")
                        .asText())
                .isEqualTo("none");
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "operation-stored");

        page.getByText("To the service").click();
        assertThat(page.locator("main")).containsText("No version is used yet");
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "service-stored");
        page.locator("#format").selectOption("qcow2");
        page.locator("#prepare").selectOption("prepare it interactively");
        page.locator("#image").setInputFiles(image);
        press(page, "Upload");
        page.getByText("Prepare it interactively").click();
        assertThat(page.locator("#from-2")).isChecked();
        page.locator("#from-1").check();
        beginAndSave(page, "org.example.plain");
        assertThat(page.locator("main tbody tr").first()).containsText("3 current");
        assertThat(page.locator("main")).not().containsText("No version is used yet");
        press(page, "Start an instance");
        assertThat(page.locator("#instances")).containsText("ready");
    }

    @Test
    void anImageOfTheImportFolderIsStoredOnlyAndOneThatDoesNotComeUpIsPreparedInteractively() throws IOException {
        Files.writeString(folder.resolve("plain.qcow2"), "a plain system");
        Page page = onNewService("org.example.plain");
        page.getByLabel("From the import folder").check();
        page.locator("[name=folder_file]").check();
        page.getByLabel("Interactively").check();
        page.getByText("Add the service").click();
        assertThat(page.locator("main")).containsText("stored as image version 1");

        manager.server().world().servicesAnswer(false);
        manager.server().admin("POST", "/v1/services/org.example.plain/images?from=plain.qcow2", "");
        page.navigate("/operations");
        page.locator("main tbody a").first().click();
        assertThat(page.locator("main .badge").first()).hasText("failed");
        page.getByText("Prepare it interactively").click();
        assertThat(page.locator("#from-2")).isChecked();
        manager.server().world().servicesAnswer(true);
        beginAndSave(page, "org.example.plain");
        assertThat(page.locator("main tbody tr").first()).containsText("3 current");
    }

    @Test
    void aServiceWithoutAnImageIsInstalledFromACdrom() throws IOException {
        Page page = onNewService("org.example.installed");
        page.getByLabel("Install it from a CD-ROM, on a blank disk").check();
        assertThat(page.getByText("How it is prepared")).not().isVisible();
        assertThat(page.locator("main")).containsText("No ISO files are in the import folder");
        Files.writeString(folder.resolve("debian.iso"), "an installer");
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "service-new-cdrom");
        page.getByText("Add the service").click();
        assertThat(page.locator("#from-blank")).isChecked();
        page.navigate("/services/org.example.installed");
        assertThat(page.locator("main"))
                .containsText("install one from a CD-ROM: put its ISO file into the import folder");
        page.getByText("prepare a blank disk interactively").click();
        assertThat(page.locator("#from-blank")).isChecked();
        page.locator("#gib").fill("4");
        page.locator("#cdrom").selectOption("debian.iso");
        press(page, "Start the machine");
        assertThat(page.locator("#preparation-body")).containsText("on a blank disk of 4.0 GiB");
        manager.server().world().shutDown(manager.server().world().running().get(0));
        assertThat(page.locator("[data-state]")).hasText("powered off");
        press(page, "Save as image");
        assertThat(page.locator("main .badge").first()).hasText("succeeded");
        page.getByText("To the service").click();
        assertThat(page.locator("main tbody tr").first()).containsText("1 current");
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

    /** The page is brought up to date every second meanwhile, which is too fast to answer. */
    @Test
    void theQuestionBeforeDiscardingStaysOpenWhileItIsSaved() throws IOException {
        Page page = onForm(manager.loggedIn("operator"));
        press(page, "Start the machine");
        assertThat(page.locator("[data-state]")).hasText("running");
        CountDownLatch gate = manager.server().world().hold(FakeCall.SAVE_DISK);
        press(page, "Save as image");
        assertThat(page).hasURL(Pattern.compile(".*/operations/[0-9]+"));
        page.navigate("/services/org.example.demo/preparation");
        assertThat(page.locator("[data-state]")).hasText("saving");
        page.getByText("Discard…").click();
        page.locator("[data-state]").evaluate("element => element.textContent = 'looked at'");
        assertThat(page.locator("[data-state]")).hasText("saving");
        assertThat(page.getByText("Discard it")).isVisible();
        gate.countDown();
        assertThat(page.locator("#preparation-body")).containsText("has ended");
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
