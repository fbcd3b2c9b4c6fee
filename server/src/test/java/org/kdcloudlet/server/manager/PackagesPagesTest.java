package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.FilePayload;
import com.microsoft.playwright.options.RequestOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.catalog.TestPackage;

/** Services in and out as packages, in a real browser on a fake hypervisor. */
@Timeout(180)
class PackagesPagesTest {
    private static final byte[] DISK = "the disk of another cloudlet".getBytes(StandardCharsets.UTF_8);
    private static final String HOSTILE = "<img src=x onerror=alert(1)>";
    private static final Page.GetByTextOptions EXACTLY = new Page.GetByTextOptions().setExact(true);

    @TempDir
    private Path data;

    @TempDir
    private Path folder;

    private TestManager manager;

    @BeforeEach
    void start() throws IOException {
        manager = new TestManager(data, Map.of("packages.import-folder", folder.toString()));
    }

    @AfterEach
    void stop() {
        manager.close();
    }

    private static byte[] ofTheReference() {
        return TestPackage.gzip(TestPackage.whole(TestPackage.DOCUMENT, DISK, new byte[0]));
    }

    private static void upload(Page page, byte[] bytes) {
        page.navigate("/packages");
        page.locator("#package").setInputFiles(new FilePayload(HOSTILE + ".csvm", "application/octet-stream", bytes));
        page.getByText("Upload", EXACTLY).last().click();
    }

    @Test
    void aServiceIsImportedExportedDeletedAndImportedAgain() throws IOException {
        Page page = manager.loggedIn("operator");
        page.navigate("/services");
        page.getByText("Import", EXACTLY).click();
        assertThat(page.locator("main")).containsText("No packages are in the import folder");
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "packages");
        upload(page, ofTheReference());
        assertThat(page).hasURL(Pattern.compile(".*/operations/[0-9]+"));
        assertThat(page.locator("main .badge").first()).hasText("succeeded");
        page.getByText("To the service").click();
        String id = page.locator("h1").textContent();
        String digest = page.locator(".digest").first().textContent();

        Path exported = page.waitForDownload(
                        () -> page.getByText("Export", EXACTLY).click())
                .path();
        Files.copy(exported, folder.resolve(HOSTILE + ".csvm"));
        page.getByText("Delete…").click();
        page.getByText("Delete the service").click();
        assertThat(page.locator("main")).containsText("There are no services yet");

        page.navigate("/packages");
        assertThat(page.locator("main tbody th")).hasText(HOSTILE + ".csvm");
        assertThat(page.locator("main img")).hasCount(0);
        page.getByLabel("Import " + HOSTILE + ".csvm").click();
        assertThat(page.locator("main .badge").first()).hasText("succeeded");
        page.getByText("To the service").click();
        assertThat(page.locator("h1")).hasText(id);
        assertThat(page.locator(".digest").first()).hasText(digest);
        assertThat(manager.audit("packages")).containsExactly("packages.import", "packages.add");
    }

    @Test
    void aServiceIsExportedToTheFolderByAButton() throws IOException {
        manager.close();
        manager = new TestManager(
                data, Map.of("packages.export-folder", folder.toString(), "packages.import-folder", folder.toString()));
        manager.server().serve("demo", 0);
        Page page = manager.loggedIn("operator");
        page.navigate("/services/demo");
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "service-export");
        assertThat(page.waitForDownload(() -> page.getByLabel("Download the template of version 1")
                                .click())
                        .suggestedFilename())
                .isEqualTo("demo-1.template");
        page.getByLabel("with its template").check();
        page.getByText("Export to the folder").click();
        assertThat(page).hasURL(Pattern.compile(".*/operations/[0-9]+"));
        assertThat(page.locator("main .badge").first()).hasText("succeeded");
        assertThat(page.locator("main")).containsText("It is in the export folder: demo-1.csvm");
        assertThat(folder.resolve("demo-1.csvm")).isNotEmptyFile();
        assertThat(folder.resolve("demo-1.template")).isNotEmptyFile();
        page.navigate("/packages");
        assertThat(page.locator("main tbody")).containsText("with a template");
        TestBrowser.assertAccessible(page);
        page.navigate("/services/demo");
        page.getByText("Export to the folder").click();
        assertThat(page.locator("main")).containsText("has a file demo-1.csvm already");
    }

    @Test
    void aTemplateIsUploadedBesideItsPackage() throws IOException {
        manager.server().serve("demo", 0);
        Page page = manager.loggedIn("operator");
        page.navigate("/services/demo");
        Path csvm = page.waitForDownload(() -> page.getByText("Export", EXACTLY).click())
                .path();
        Path template = page.waitForDownload(() ->
                        page.getByLabel("Download the template of version 1").click())
                .path();
        page.getByText("Delete…").click();
        page.getByText("Delete the service").click();
        assertThat(page.locator("main")).containsText("There are no services yet");

        page.navigate("/packages");
        page.locator("#package").setInputFiles(csvm);
        page.locator("#template").setInputFiles(template);
        page.getByText("Upload", EXACTLY).last().click();
        assertThat(page.locator("main .badge").first()).hasText("succeeded");
        assertThat(page.locator("main")).containsText("Its template came with it and is used");
        assertThat(manager.json("/v1/uploads").path("uploads")).isEmpty();
    }

    @Test
    void aTemplateThatIsRefusedKeepsNobodyFromImportingThePackage() throws IOException {
        Page page = manager.loggedIn("operator");
        page.navigate("/packages");
        page.locator("#package")
                .setInputFiles(new FilePayload("other.csvm", "application/octet-stream", ofTheReference()));
        page.locator("#template")
                .setInputFiles(new FilePayload("other.template", "application/octet-stream", new byte[0]));
        page.getByText("Upload", EXACTLY).last().click();
        assertThat(page.locator("#failure")).isVisible();
        assertThat(page.locator("[data-uploader=package] [data-told]")).containsText("have arrived");
        page.locator("#template").setInputFiles(new Path[0]);
        page.getByText("Upload", EXACTLY).last().click();
        assertThat(page.locator("main .badge").first()).hasText("succeeded");
    }

    @Test
    void aServiceThatDoesNotComeUpNeedsAttentionWhereverItIsShown() throws IOException {
        Page page = manager.loggedIn("operator");
        manager.server().world().failNext(FakeCall.AWAIT_READY, HypervisorError.NOT_READY);
        upload(page, ofTheReference());
        assertThat(page.locator("main .badge").first()).hasText("succeeded");
        page.getByText("To the service").click();
        assertThat(page.locator(".alert-warning")).containsText("does not come up by itself");
        TestBrowser.assertAccessible(page);
        page.navigate("/services");
        assertThat(page.locator("[data-label=State]")).hasText("needs attention");
        page.navigate("/");
        assertThat(page.locator(".alert-warning")).containsText("does not come up by itself");
    }

    @Test
    void whatCannotBeImportedSaysWhy() throws IOException {
        Page page = manager.loggedIn("operator");
        upload(page, new byte[] {1, 2, 3});
        assertThat(page.locator("main .badge").first()).hasText("failed");
        assertThat(page.locator(".alert-danger:visible")).isVisible();
        String csrf = page.locator("meta[name=csrf-token]").getAttribute("content");
        assertThat(page.request()
                        .post(
                                "/packages/import",
                                RequestOptions.create()
                                        .setHeader("X-CSRF-Token", csrf)
                                        .setHeader("Content-Type", "application/x-www-form-urlencoded")
                                        .setData("name=..%2F..%2Fetc%2Fpasswd"))
                        .status())
                .isEqualTo(400);
        assertThat(manager.json("/v1/services").path("services")).isEmpty();
    }

    @Test
    void aViewerExportsAndDoesNotImport() throws IOException {
        manager.server().serve("demo", 0);
        Page page = manager.loggedIn("viewer");
        page.navigate("/services");
        assertThat(page.getByText("Import", EXACTLY)).hasCount(0);
        assertThat(page.request().get("/packages").status()).isEqualTo(403);
        page.navigate("/services/demo");
        assertThat(page.getByLabel("Download the template of version 1")).hasCount(0);
        assertThat(page.request().get("/v1/services/demo/template").status()).isEqualTo(403);
        assertThat(page.waitForDownload(() -> page.getByText("Export", EXACTLY).click())
                        .suggestedFilename())
                .isEqualTo("demo-1.csvm");
    }
}
