package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;

/** The pages with everything real: a browser, QEMU, the demo guest. */
@Timeout(600)
class PagesOnQemuTest {
    private static final double PATIENCE_MILLIS = 300_000;
    private static final String PASSWORD = "a good password";

    @TempDir
    private Path folder;

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void fromTheSetupLinkToAnAnswerOfAVirtualMachine() throws Exception {
        try (TestServer server = TestServer.onQemu(folder.resolve("data"));
                TestBrowser browser = new TestBrowser()) {
            try {
                Page page = browser.visit(server.manager());
                page.setDefaultTimeout(PATIENCE_MILLIS);
                setUp(server, page);
                addDemo(page);
                page.getByText("Start an instance").click();
                Locator row = page.locator("#instances tbody tr");
                assertThat(row).containsText("ready", longWait());
                assertThat(row.locator("[data-label=Memory]"))
                        .containsText("MiB", new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE_MILLIS));
                TestBrowser.picture(page, "qemu-instances");
                assertThat(answers(server)).isEqualTo(200);
                String first = bootId(server).orElseThrow();
                row.getByText("More…").click();
                String instancePage = page.url();
                takeSnapshot(page);
                assertThat(bootId(server)).contains(first);
                page.navigate(instancePage);
                page.getByText("Screen", new Page.GetByTextOptions().setExact(true))
                        .click();
                assertThat(page.locator("main img")
                                .evaluate("screen => screen.decode().then(() => screen.naturalWidth)"))
                        .isInstanceOfSatisfying(Number.class, width -> assertThat(width.intValue())
                                .isGreaterThan(300));
                TestBrowser.picture(page, "qemu-screen");
                useConsole(server, page);
                page.navigate(instancePage);
                restore(page);
                assertThat(bootId(server))
                        .as("it is as it was before it was restarted")
                        .contains(first);
                page.navigate("/instances");
                page.locator("#instances tbody tr").getByText("Stop").click();
                assertThat(page.locator("#instances")).containsText("Nothing runs", longWait());
            } finally {
                server.admin("DELETE", "/v1/services/org.example.inspect?force=true", "");
            }
            assertThat(browser.leave()).isEmpty();
        }
    }

    private static void takeSnapshot(Page page) {
        page.getByLabel("Name of the snapshot").fill("fresh");
        page.getByText("Take it").click();
        assertThat(page.locator("main .badge").first())
                .hasText("succeeded", new LocatorAssertions.HasTextOptions().setTimeout(PATIENCE_MILLIS));
        page.getByText("To the instance").click();
        TestBrowser.picture(page, "qemu-instance");
    }

    private static void restore(Page page) {
        page.getByText("Restore…").click();
        page.getByLabel("Go back to fresh").click();
        assertThat(page.locator("main .badge").first())
                .hasText("succeeded", new LocatorAssertions.HasTextOptions().setTimeout(PATIENCE_MILLIS));
    }

    /** Looks, restarts the guest by its keyboard, and is there again when the machine has slept and woken. */
    private void useConsole(TestServer server, Page page) throws IOException, InterruptedException {
        page.navigate("/instances");
        page.locator("#instances tbody tr").getByText("Console").click();
        awaitPicture(page);
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "qemu-console");
        String first = bootId(server).orElseThrow();
        page.getByText("Ctrl+Alt+Del").click();
        String second = awaitAnotherBoot(server, first);
        page.locator("#console-scale").uncheck();
        page.getByText("Reconnect").click();
        awaitPicture(page);
        page.locator("#console canvas").click();
        page.keyboard().press("Control+Alt+Delete");
        awaitAnotherBoot(server, second);
        page.locator("summary").click();
        page.getByLabel("Text for the guest").fill("typed into the console\n");
        page.getByText("Type it").click();
        String instance = page.url().replaceFirst(".*/instances/(.*)/console", "/v1/instances/$1");
        server.admin("POST", instance + "/suspend", "");
        assertThat(page.locator("#console-state")).containsText("suspended", longWait());
        server.admin("POST", instance + "/wake", "");
        awaitPicture(page);
    }

    private String awaitAnotherBoot(TestServer server, String earlier) {
        return await().atMost(Duration.ofMinutes(3))
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> bootId(server).orElse(earlier), boot -> !boot.equals(earlier));
    }

    /** What the guest's kernel calls its present run; a restart changes it. */
    private Optional<String> bootId(TestServer server) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(guest(server, "/inspect"))
                .POST(HttpRequest.BodyPublishers.ofString("hello\n"))
                .timeout(Duration.ofSeconds(10))
                .build();
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        Matcher boot = Pattern.compile("\"boot_id\": *\"([^\"]+)\"").matcher(answer.body());
        return boot.find() ? Optional.of(boot.group(1)) : Optional.empty();
    }

    private static void awaitPicture(Page page) {
        assertThat(page.locator("#console-state")).containsText("Connected", longWait());
        await().atMost(Duration.ofMinutes(2)).until(() -> ((Number) page.evaluate("""
                        () => {
                          const canvas = document.querySelector('#console canvas');
                          const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
                          return new Set(new Uint32Array(data.buffer)).size;
                        }""")).intValue() > 1);
    }

    private static LocatorAssertions.ContainsTextOptions longWait() {
        return new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE_MILLIS);
    }

    private static void setUp(TestServer server, Page page) {
        page.navigate(server.server().setupLink().orElseThrow());
        page.getByLabel("Name").fill("ada");
        page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true)).fill(PASSWORD);
        page.getByLabel("The same again").fill(PASSWORD);
        page.locator("main form button").click();
        page.locator("nav").waitFor();
    }

    private static void addDemo(Page page) {
        page.navigate("/new-service");
        page.getByLabel("Service id").fill("org.example.inspect");
        page.getByLabel("Ports").fill("8080");
        page.getByLabel("Ready when").selectOption("http");
        page.getByLabel("HTTP path").fill("/healthz");
        page.getByText("More settings").click();
        page.getByLabel("Instances kept waiting").fill("0");
        page.getByText("Later, on the page of the service").click();
        page.getByText("Add the service").click();
        page.waitForURL(Pattern.compile(".*done=saved"));
        page.locator("#image").setInputFiles(Path.of(System.getProperty("cloudlet.demo.image")));
        page.getByText("Upload", new Page.GetByTextOptions().setExact(true)).click();
        page.waitForURL(Pattern.compile(".*/operations/[0-9]+"));
        page.getByText("To the service").click();
    }

    private int answers(TestServer server) throws IOException, InterruptedException {
        return http.send(
                        HttpRequest.newBuilder(guest(server, "/healthz")).build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private static URI guest(TestServer server, String path) throws IOException {
        JsonNode instance = server.json(server.admin("GET", "/v1/instances", ""))
                .path("instances")
                .get(0);
        return URI.create(
                "http://127.0.0.1:" + instance.at("/ports/0/host_port").asInt() + path);
    }
}
