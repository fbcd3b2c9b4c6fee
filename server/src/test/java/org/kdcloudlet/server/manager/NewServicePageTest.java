package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestCloudlet;

/** A new service with its image, in a real browser on a fake hypervisor. */
@Timeout(180)
class NewServicePageTest {
    private static final String HOSTILE = "<img src=x onerror=alert(1)>.qcow2";
    private static final int LENGTH = 12 << 20;

    @TempDir
    private Path data;

    @TempDir
    private Path folder;

    @TempDir
    private Path local;

    private TestManager manager;

    @BeforeEach
    void start() throws IOException {
        manager = new TestManager(data, Map.of("packages.import-folder", folder.toString()));
    }

    @AfterEach
    void stop() {
        manager.close();
    }

    private Path file() throws IOException {
        byte[] bytes = new byte[LENGTH];
        new Random(5).nextBytes(bytes);
        return Files.write(local.resolve("disk.qcow2"), bytes);
    }

    /** @param bytesPerSecond that the browser sends at most; -1: as fast as it can */
    private static void sending(CDPSession session, int bytesPerSecond) {
        JsonObject conditions = new JsonObject();
        conditions.addProperty("offline", false);
        conditions.addProperty("latency", 0);
        conditions.addProperty("downloadThroughput", -1);
        conditions.addProperty("uploadThroughput", bytesPerSecond);
        session.send("Network.enable");
        session.send("Network.emulateNetworkConditions", conditions);
    }

    private static void choose(Page page, Path file) {
        page.locator("#image").setInputFiles(file);
    }

    /** Of the page's own operator: that of the socket is somebody else. */
    private static long offset(Page page) {
        Object offset = page.evaluate("async () => { const all = (await (await fetch('/v1/uploads')).json()).uploads;"
                + " return all.length === 1 ? all[0].offset : -1; }");
        return ((Number) offset).longValue();
    }

    private void assertImported(Page page, Path file) throws Exception {
        assertThat(page).hasURL(Pattern.compile(".*/operations/[0-9]+"));
        assertThat(page.locator("main .badge").first()).hasText("succeeded");
        String digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        assertThat(manager.json("/v1/services/demo/images")
                        .at("/images/0/sha256")
                        .asText())
                .isEqualTo(digest);
        assertThat(data.resolve("resumable-uploads")).isEmptyDirectory();
        assertThat(data.resolve("uploads")).isEmptyDirectory();
    }

    @Test
    void fieldsAreCheckedWhileTheyAreFilledInByTheRulesOfTheServer() throws IOException {
        manager.server().serve("taken", 0);
        Page page = manager.loggedIn("operator");
        page.navigate("/new-service");
        page.getByLabel("Memory, MiB").pressSequentially("x");
        assertThat(page.locator("#memory_mib-problem")).containsText("must be a whole number");
        assertThat(page.getByLabel("Memory, MiB")).hasAttribute("aria-invalid", "true");
        assertThat(page.locator("#service_id-problem")).isEmpty();
        page.getByLabel("Memory, MiB").fill("512");
        assertThat(page.locator("#memory_mib-problem")).isEmpty();
        page.getByLabel("Service id").pressSequentially("taken");
        assertThat(page.locator("#service_id-problem")).containsText("there is a service of this id already");
        page.getByLabel("Service id").pressSequentially(" twice");
        assertThat(page.locator("#service_id-problem")).containsText("must have 1 to 128");
        page.getByLabel("Memory, MiB").fill("5");
        assertThat(page.locator("#memory_mib-problem")).hasText("must be 16 to 1048576");
        page.getByLabel("Processors").fill("65");
        assertThat(page.locator("#cpus-problem")).hasText("must be 1 to 64");
        page.getByLabel("Memory, MiB").fill("512");
        page.getByLabel("Processors").fill("1");
        page.getByLabel("Ports").fill("web");
        assertThat(page.locator("#ports-problem")).hasText("must be a whole number; must be 1 to 16 ports");
        assertThat(page.getByLabel("The guest may reach")).isHidden();
        page.getByLabel("Ports").fill("9000 9001/udp");
        assertThat(page.locator("#network-problem")).containsText("must be open for a service with a UDP port");
        assertThat(page.getByLabel("The guest may reach")).isVisible();
        assertThat(page.locator("#ports-problem")).isEmpty();
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "service-new-checked");
        page.getByLabel("The guest may reach").selectOption("open");
        assertThat(page.locator("#network-problem")).isEmpty();
        page.getByLabel("Service id").fill("demo");
        assertThat(page.locator("#service_id-problem")).isEmpty();
        assertThat(page.locator(".is-invalid")).hasCount(0);
    }

    /** A check says something of other fields too; one that is answered late must not say what was true before. */
    @Test
    void checksOfAFormAreAnsweredOneAfterTheOther() throws IOException {
        Page page = manager.loggedIn("operator");
        page.navigate("/new-service");
        page.getByText("More settings").click();
        List<Route> held = new ArrayList<>();
        page.evaluate("window.checks = [];"
                + "addEventListener('htmx:beforeSend', event => checks.push('asked ' + event.target.name));"
                + "addEventListener('htmx:afterRequest', event => checks.push('answered ' + event.target.name))");
        page.route("**/new-service/check**", route -> {
            if (held.isEmpty()) {
                held.add(route);
            } else {
                route.resume();
            }
        });

        page.getByLabel("Ports").fill("9000 9001/udp");
        page.waitForCondition(() -> !held.isEmpty());
        page.getByLabel("The guest may reach").selectOption("open");
        held.get(0).resume();

        page.waitForFunction("() => checks.includes('answered network')");
        List<?> checks = (List<?>) page.evaluate("checks");
        for (int i = 0; i < checks.size(); i += 2) {
            String field = checks.get(i).toString().replace("asked ", "");
            assertThat(checks.subList(i, i + 2)).asString().isEqualTo("[asked %s, answered %s]", field, field);
        }
        assertThat(page.locator("#network-problem")).isEmpty();
    }

    @Test
    void anUploadIsPausedAndGoesOnAfterAReload() throws Exception {
        Path file = file();
        Page page = manager.loggedIn("operator");
        page.navigate("/new-service");
        CDPSession network = page.context().newCDPSession(page);
        sending(network, 1 << 20);
        choose(page, file);
        assertThat(page.locator("[data-told]")).containsText(Pattern.compile("^[1-9][0-9]* % of 12.0 MiB"));
        page.locator("[data-pause]").click();
        assertThat(page.locator("[data-told]")).containsText("Paused");
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "upload-paused");
        Awaitility.await().atMost(TestCloudlet.PATIENCE).until(() -> offset(page) > 0);
        assertThat(offset(page)).isLessThan(LENGTH);
        page.locator("[data-pause]").click();
        assertThat(page.locator("[data-pause]")).hasText("Pause");
        page.reload();
        assertThat(page.locator("[data-unfinished]")).containsText("Unfinished: disk.qcow2");
        TestBrowser.picture(page, "upload-unfinished");
        long kept = offset(page);
        assertThat(kept).isBetween(1L, (long) LENGTH - 1);
        sending(network, -1);
        page.getByLabel("Service id").fill("demo");
        choose(page, file);
        assertThat(page.locator("[data-told]")).containsText("All 12.0 MiB have arrived");
        page.getByText("Add the service").click();
        assertImported(page, file);
        assertThat(manager.audit("uploads.add")).hasSize(1);
    }

    @Test
    void theFormIsSentOnceItsUploadIsWhole() throws Exception {
        Path file = file();
        Page page = manager.loggedIn("operator");
        page.navigate("/new-service");
        page.getByLabel("Service id").fill("demo");
        CDPSession network = page.context().newCDPSession(page);
        sending(network, 256 << 10);
        choose(page, file);
        page.getByText("Add the service").click();
        assertThat(page.getByText("Sent once the upload is whole")).isVisible();
        sending(network, -1);
        assertImported(page, file);
    }

    @Test
    void aCancelledUploadLeavesNothing() throws IOException {
        Page page = manager.loggedIn("operator");
        page.navigate("/new-service");
        sending(page.context().newCDPSession(page), 1 << 20);
        choose(page, file());
        assertThat(page.locator("[data-told]")).containsText("% of 12.0 MiB");
        page.getByText("Cancel upload").click();
        assertThat(page.locator("[data-told]")).containsText("nothing of it is kept");
        Awaitility.await().atMost(TestCloudlet.PATIENCE).until(() -> isEmpty(data.resolve("resumable-uploads")));
        page.getByLabel("Service id").fill("demo");
        page.getByText("Add the service").click();
        assertThat(page.locator("#problems")).containsText("Choose a file");
        assertThat(manager.json("/v1/services").path("services")).isEmpty();
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }

    @Test
    void anImageIsTakenFromTheImportFolder() throws Exception {
        Path file = Files.writeString(folder.resolve(HOSTILE), "an image of the folder", StandardCharsets.UTF_8);
        Files.writeString(folder.resolve("notes.txt"), "no image");
        Page page = manager.loggedIn("operator");
        page.navigate("/new-service");
        page.getByLabel("Service id").fill("demo");
        page.getByLabel("From the import folder").check();
        assertThat(page.locator(".import-files .form-check")).hasCount(1);
        assertThat(page.locator(".import-files")).containsText(HOSTILE);
        assertThat(page.locator(".import-files")).containsText("qcow2, 22 B");
        assertThat(page.locator("main img")).hasCount(0);
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "service-new-folder");
        page.locator("[name=folder_file]").check();
        page.getByText("Add the service").click();
        assertImported(page, file);
        assertThat(file).exists();
    }

    @Test
    void whatCannotBeImportedAddsNoService() throws IOException {
        Page page = manager.loggedIn("operator");
        page.navigate("/new-service");
        page.getByLabel("Service id").fill("demo");
        page.getByLabel("From the import folder").check();
        page.getByText("Add the service").click();
        assertThat(page.locator("#problems"))
                .hasText(Pattern.compile("Disk image\\s+Choose a file of the import folder.*"));
        assertThat(page.getByLabel("Service id")).hasValue("demo");
        assertThat(page.getByLabel("From the import folder")).isChecked();
        page.getByLabel("Ports").fill("9000 9001/udp");
        page.getByText("Add the service").click();
        assertThat(page.locator("#problems [role=alert]")).isFocused();
        assertThat(page.locator("#problems")).containsText("The guest may reach must be open");
        assertThat(page.getByLabel("The guest may reach")).isVisible();
        assertThat(manager.json("/v1/services").path("services")).isEmpty();
    }

    @Test
    void anUploadThatCannotGoOnSaysWhy() throws IOException {
        Page page = manager.loggedIn("operator");
        page.navigate("/new-service");
        sending(page.context().newCDPSession(page), 1 << 20);
        Path file = file();
        choose(page, file);
        assertThat(page.locator("[data-told]")).containsText("% of 12.0 MiB");
        page.locator("[data-pause]").click();
        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
        page.locator("[data-pause]").click();
        assertThat(page.locator("[data-told]")).containsText("was changed or removed since it was chosen");
        Awaitility.await().atMost(TestCloudlet.PATIENCE).until(() -> isEmpty(data.resolve("resumable-uploads")));

        choose(page, file);
        assertThat(page.locator("[data-told]")).containsText("% of 12.0 MiB");
        page.locator("[data-pause]").click();
        Page other = page.context().newPage();
        other.navigate("/services");
        other.getByText("Log out").click();
        page.locator("[data-pause]").click();
        assertThat(page.locator("#failure")).containsText("Your session has ended");
    }

    @Test
    void whatArrivedIsUsedAfterTheFormWasRefused() throws Exception {
        manager.server().serve("taken", 0);
        Path file = file();
        Page page = manager.loggedIn("operator");
        page.navigate("/new-service");
        page.getByLabel("Service id").fill("taken");
        choose(page, file);
        assertThat(page.locator("[data-told]")).containsText("have arrived");
        Response listed = page.waitForResponse(
                "**/v1/uploads", () -> page.getByText("Add the service").click());
        assertThat(listed.status()).isEqualTo(200);
        assertThat(page.locator("main")).containsText("A file has arrived already");
        assertThat(page.locator("[data-unfinished]")).isHidden();
        page.getByLabel("Service id").fill("demo");
        page.getByText("Add the service").click();
        assertImported(page, file);
    }

    @Test
    void thePageFitsAPhoneInLightAndDark() throws IOException {
        Files.writeString(
                folder.resolve("a-disk-image-with-a-name-that-is-rather-long-for-a-phone-1.2.3.vmdk"), "disk");
        Page page = manager.loggedIn("operator", 360, 740);
        for (ColorScheme scheme : new ColorScheme[] {ColorScheme.LIGHT, ColorScheme.DARK}) {
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
            page.navigate("/new-service");
            page.getByLabel("Ports").fill("x");
            assertThat(page.locator("#ports-problem")).not().isEmpty();
            choose(page, Files.writeString(local.resolve("small.qcow2"), "disk"));
            assertThat(page.locator("[data-told]")).containsText("have arrived");
            TestBrowser.assertNoSidewaysScrolling(page);
            TestBrowser.assertAccessible(page);
            TestBrowser.picture(page, "service-new-phone-" + scheme.name().toLowerCase(java.util.Locale.ROOT));
            page.getByLabel("From the import folder").check();
            TestBrowser.assertNoSidewaysScrolling(page);
        }
    }
}
