package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Keyboard;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.app.TestApk;
import org.kdcloudlet.server.web.RawHttp;

/** What docs/how-to/from-a-disk-image-to-an-app.md has a newcomer do, step by step, in a real browser on a real machine. */
@Timeout(600)
class FromAnImageToAnAppTest {
    private static final double PATIENCE_MILLIS = 180_000;
    private static final String SERVICE = "org.example.inspect";
    private static final Page.GetByTextOptions EXACTLY = new Page.GetByTextOptions().setExact(true);

    /** A person's keyboard sends Shift, too; Playwright's does so only when it is told. */
    private static final Map<Character, String> KEYS = Map.of(':', "Shift+Semicolon", ' ', "Space");

    private static final Keyboard.PressOptions SLOWLY = new Keyboard.PressOptions().setDelay(30);

    @TempDir
    private Path folder;

    /** The way of those who have what the document asks for. */
    @FunctionalInterface
    private interface Steps {
        void take(TestServer server, Page page) throws Exception;
    }

    private void walk(Steps steps) throws Exception {
        Path apk = new TestApk(folder).make("org.example.inspector", 1, "1.0");
        try (TestServer server = TestServer.onQemu(folder.resolve("data"));
                TestBrowser browser = new TestBrowser()) {
            try {
                Page page = browser.visit(server.manager());
                page.setDefaultTimeout(PATIENCE_MILLIS);
                logIn(server, page);
                sayWhatTheServiceIs(page);
                steps.take(server, page);
                seeItServe(page);
                publishTheApp(page, apk);
                beADevice(server);
            } finally {
                server.admin("DELETE", "/v1/services/" + SERVICE + "?force=true", "");
            }
            assertThat(browser.leave()).isEmpty();
        }
    }

    @Test
    void theStepsOfTheDocumentLeadThere() throws Exception {
        walk((server, page) -> {
            choose(page, Path.of(System.getProperty("cloudlet.demo.image")));
            page.getByText("Add the service").click();
            awaitSuccess(page);
        });
    }

    @Test
    void theyLeadThereFromAPlainImageToo() throws Exception {
        try (PlainImage plain = new PlainImage(folder)) {
            walk((server, page) -> {
                choose(page, plain.file());
                page.getByLabel("Interactively").check();
                page.getByText("Add the service").click();
                assertThat(page.locator("main")).containsText("neither booted nor used yet", patiently());
                page.getByText("Prepare it interactively").click();
                page.getByLabel("Let the guest reach the network").check();
                page.getByText("Start the machine").click();
                install(page, plain);
                page.getByText("Save as image").click();
                awaitSuccess(page);
                assertThat(server.json(server.admin("GET", "/v1/services/" + SERVICE, ""))
                                .path("image_version")
                                .asInt())
                        .isEqualTo(2);
            });
        }
    }

    /** Types at the console, again and again until there is somebody who reads it. */
    private static void install(Page page, PlainImage plain) {
        assertThat(page.locator("#console-state")).containsText("Connected", patiently());
        await().pollInSameThread()
                .atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofSeconds(5))
                .until(() -> {
                    type(page, plain.installation());
                    return plain.isInstalled();
                });
    }

    private static void type(Page page, String line) {
        page.locator("#console canvas").click();
        for (char character : line.toCharArray()) {
            page.keyboard().press(KEYS.getOrDefault(character, String.valueOf(character)), SLOWLY);
        }
        page.keyboard().press("Enter");
    }

    private static void logIn(TestServer server, Page page) {
        page.navigate(server.server().setupLink().orElseThrow());
        page.getByLabel("Name").fill("ada");
        page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true)).fill("a good password");
        page.getByLabel("The same again").fill("a good password");
        page.getByText("Make the account", EXACTLY).last().click();
        page.locator("nav").waitFor();
    }

    private static void sayWhatTheServiceIs(Page page) {
        page.locator("nav").getByText("Services").click();
        page.getByText("New service").click();
        TestBrowser.awaitScripts(page);
        page.getByLabel("Service id").fill(SERVICE);
        page.getByLabel("Ports").fill("8080");
        page.getByLabel("Ready when").selectOption("HTTP answers");
        page.getByLabel("HTTP path").fill("/healthz");
    }

    private static void choose(Page page, Path image) {
        page.getByLabel("File", new Page.GetByLabelOptions().setExact(true)).setInputFiles(image);
    }

    private static void awaitSuccess(Page page) {
        Locator state = page.locator("main .badge").first();
        assertThat(state).not().hasText("running", new LocatorAssertions.HasTextOptions().setTimeout(PATIENCE_MILLIS));
        assertThat(state.innerText()).as(page.locator("main").innerText()).isEqualTo("succeeded");
        page.getByText("To the service").click();
    }

    private static void seeItServe(Page page) throws IOException, InterruptedException {
        page.getByText("Start an instance").click();
        page.locator("nav").getByText("Instances").click();
        Locator row = page.locator("#instances tbody tr");
        assertThat(row).containsText("ready", patiently());
        Matcher port = Pattern.compile("(\\d+) → 8080/tcp").matcher(row.innerText());
        assertThat(port.find()).isTrue();
        assertThat(inspect(Integer.parseInt(port.group(1)))).contains("\"size\":6");
        row.getByText("Stop", new Locator.GetByTextOptions().setExact(true)).click();
        assertThat(page.locator("#instances")).containsText("Nothing runs", patiently());
    }

    private static void publishTheApp(Page page, Path apk) {
        page.locator("nav").getByText("Apps").click();
        TestBrowser.awaitScripts(page);
        page.getByLabel("Android package").setInputFiles(apk);
        page.getByLabel("Service").fill(SERVICE);
        page.getByLabel("Tags").fill("files");
        page.getByText("Publish", EXACTLY).click();
        assertThat(page.locator("h1")).containsText("Speech", patiently());
    }

    private static void beADevice(TestServer server) throws IOException, InterruptedException {
        RawHttp.Answer apps = server.device("/api/apps?tags=files");
        assertThat(apps.body()).contains("org.example.inspector", "md5sum");
        JsonNode started = server.json(server.device("/api/servicevm/start?serviceId=" + SERVICE));
        assertThat(inspect(started.path("port").asInt())).contains("\"size\":6");
    }

    private static String inspect(int port) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                .POST(HttpRequest.BodyPublishers.ofString("hello\n"))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static LocatorAssertions.ContainsTextOptions patiently() {
        return new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE_MILLIS);
    }
}
