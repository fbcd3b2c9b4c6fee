package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Keyboard;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images are prepared by hand with everything real: a server in a process of its own, a browser, QEMU, a guest that is typed into. */
@Timeout(900)
class PreparationOnQemuTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String ID = "org.example.typed";
    private static final String SERVICE = "/v1/services/" + ID;
    private static final String PREPARATION = SERVICE + "/preparation";
    private static final String PAGE = "/services/" + ID + "/preparation";
    /** A person's keyboard sends Shift, too; Playwright's does so only when it is told. */
    private static final Map<Character, String> KEYS = Map.of('>', "Shift+Period", '&', "Shift+Digit7", ' ', "Space");

    private static final Keyboard.PressOptions SLOWLY = new Keyboard.PressOptions().setDelay(30);
    private static final String READY = "0000a8";
    private static final String GREEN = "00a800";
    private static final String CYAN = "00a8a8";
    private static final String RED = "a80000";

    @TempDir
    private static Path folder;

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static ManagerProcess manager;
    private static TestBrowser browser;
    private static Page page;

    @BeforeAll
    static void serve() throws Exception {
        manager = new ManagerProcess(folder);
        browser = new TestBrowser();
        manager.json(
                "POST",
                "/v1/services",
                "{\"service_id\":\"" + ID + "\",\"ports\":[{\"port\":8080},{\"port\":" + TypableDisk.WEB_PORT
                        + "}],\"probe\":{\"kind\":\"http\",\"path\":\"/healthz\"},\"pool_size\":0}");
        byte[] disk = Files.readAllBytes(TypableDisk.make(folder));
        JsonNode imported =
                manager.json("POST", SERVICE + "/images", "Content-Type: application/octet-stream\r\n", disk);
        assertThat(manager.awaitEnd(imported.path("id").asText()).path("state").asText())
                .isEqualTo("succeeded");
        page = manager.operator(browser, "ada");
        page.setDefaultTimeout(PATIENCE.toMillis());
    }

    @AfterAll
    static void leaveNothing() throws IOException {
        try {
            manager.json("DELETE", SERVICE + "?force=true", "");
            await().atMost(PATIENCE).until(() -> manager.machines().isEmpty());
        } finally {
            List<String> faults = browser.leave();
            browser.close();
            manager.close();
            // What the browser and htmx complain about while there is no server is no fault of the pages.
            assertThat(faults).allMatch(fault -> fault.contains("net::ERR_") || fault.endsWith("[object Event]"));
        }
    }

    @Test
    void whatIsTypedOverAReloadAndTheDeathOfTheServerIsInTheNextInstances() throws Exception {
        JsonNode before = manager.json("POST", "/v1/instances", "{\"service_id\":\"" + ID + "\"}");
        assertThat(web(before, "typed").statusCode()).isEqualTo(404);
        String boot = bootId(before);

        begin();
        type("echo by keyboard >/srv/typed && colour 2", GREEN);
        page.reload();
        awaitColour(GREEN);
        page.locator("summary", new Page.LocatorOptions().setHasText("Clipboard"))
                .click();
        page.getByLabel("Text for the guest").fill("echo By the Button: a longer text >>/srv/typed && colour 6\n");
        page.getByText("Type it").click();
        awaitColour(CYAN);
        manager.kill();
        assertThat(page.locator("#console-state")).containsText("does not answer", patiently());
        manager.start();
        awaitColour(CYAN);
        type("echo after the server was killed >>/srv/typed && colour 1", RED);
        assertThat(web(before, "typed").statusCode()).isEqualTo(404);
        press("Save as image");
        assertSaved();

        JsonNode after = manager.json("POST", "/v1/instances", "{\"service_id\":\"" + ID + "\"}");
        assertThat(web(after, "typed").body())
                .isEqualTo("by keyboard\nBy the Button: a longer text\nafter the server was killed\n");
        assertThat(after.path("image_version").asInt()).isEqualTo(versions());
        assertThat(web(before, "typed").statusCode()).isEqualTo(404);
        assertThat(bootId(before)).isEqualTo(boot);
        for (JsonNode instance : List.of(before, after)) {
            manager.json("DELETE", "/v1/instances/" + instance.path("id").asText(), "");
        }
    }

    @Test
    @Tag("long")
    void aSaveIsCancelledAfterARestartAndWhatIsDiscardedDuringTheNextLeavesNothing() throws Exception {
        List<ProcessHandle> machines = manager.machines();
        int versions = versions();
        begin();
        type("echo kept until it is discarded >/srv/kept && colour 2", GREEN);
        manager.end();
        assertThat(page.locator("#console-state")).containsText("does not answer", patiently());
        manager.start();
        awaitColour(GREEN);

        press("Save as image");
        page.waitForURL(Pattern.compile(".*/operations/[0-9]+"));
        String save = page.url().replaceFirst(".*/", "");
        assertThat(manager.ask("POST", PREPARATION + "/save", "", new byte[0]).status())
                .isEqualTo(409);
        manager.json("POST", "/v1/operations/" + save + "/cancel", "");
        assertThat(manager.awaitEnd(save).path("state").asText()).isEqualTo("cancelled");
        assertThat(versions()).isEqualTo(versions);
        manager.json("POST", PREPARATION + "/restart", "");
        page.navigate(PAGE);
        awaitColour(READY);
        type("grep kept /srv/kept && colour 6", CYAN);

        String machine =
                manager.get(PREPARATION).path("id").asText().replace("-", "").substring(0, 12);
        assertThat(filesOf(machine)).isNotEmpty();
        press("Save as image");
        page.waitForURL(Pattern.compile(".*/operations/[0-9]+"));
        page.navigate(PAGE);
        page.getByText("Discard…").click();
        press("Discard it");
        page.waitForURL(Pattern.compile(".*/services/" + ID + "\\?done=removed"));
        assertThat(manager.ask("GET", PREPARATION, "", new byte[0]).status()).isEqualTo(404);
        assertThat(versions()).isEqualTo(versions);
        assertThat(rows()).isZero();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(manager.machines()).containsExactlyInAnyOrderElementsOf(machines));
        assertThat(manager.data().resolve("uploads")).isEmptyDirectory();
        await("no file of the machine")
                .atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(UncheckedIOException.class) // something is removed while it is looked at
                .until(() -> filesOf(machine).isEmpty());
    }

    private static List<Path> filesOf(String machine) throws IOException {
        try (Stream<Path> files = Files.walk(manager.data())) {
            return files.filter(file -> file.toString().contains(machine)).toList();
        }
    }

    private static int versions() throws IOException {
        return manager.get(SERVICE + "/images").path("images").size();
    }

    private static int rows() throws SQLException {
        Path database = manager.data().resolve("database/cloudlet.sqlite");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM preparations")) {
            return rows.getInt(1);
        }
    }

    private static void begin() {
        page.navigate(PAGE);
        press("Start the machine");
        assertThat(page.locator("[data-state]")).hasText("running", hasTextPatiently());
        awaitColour(READY);
    }

    private static void press(String button) {
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(button).setExact(true))
                .click();
    }

    private static void type(String line, String colour) {
        page.locator("#console canvas").click();
        for (char character : line.toCharArray()) {
            page.keyboard().press(KEYS.getOrDefault(character, String.valueOf(character)), SLOWLY);
        }
        page.keyboard().press("Enter");
        awaitColour(colour);
    }

    /** Waits until most of the guest's screen, as the page shows it, has a colour. */
    private static void awaitColour(String colour) {
        assertThat(page.locator("#console-state")).containsText("Connected", patiently());
        await().atMost(PATIENCE).until(() -> page.evaluate("""
                        () => {
                          const canvas = document.querySelector('#console canvas');
                          const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
                          const counts = new Map();
                          for (let i = 0; i < data.length; i += 4) {
                            const colour = (data[i] << 16 | data[i + 1] << 8 | data[i + 2]).toString(16).padStart(6, '0');
                            counts.set(colour, (counts.get(colour) || 0) + 1);
                          }
                          return [...counts].sort((one, other) => other[1] - one[1])[0][0];
                        }"""), colour::equals);
    }

    private static void assertSaved() {
        assertThat(page.locator("main .badge").first()).hasText("succeeded", hasTextPatiently());
    }

    private static LocatorAssertions.ContainsTextOptions patiently() {
        return new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE.toMillis());
    }

    private static LocatorAssertions.HasTextOptions hasTextPatiently() {
        return new LocatorAssertions.HasTextOptions().setTimeout(PATIENCE.toMillis());
    }

    private static HttpResponse<String> web(JsonNode instance, String file) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(guest(instance, TypableDisk.WEB_PORT, "/" + file)));
    }

    /** What the guest's kernel calls its present run. */
    private static String bootId(JsonNode instance) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(guest(instance, 8080, "/"))
                        .POST(HttpRequest.BodyPublishers.ofString("hello\n")))
                .body()
                .replaceFirst("(?s).*\"boot_id\": *\"([^\"]+)\".*", "$1");
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return HTTP.send(request.timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static URI guest(JsonNode instance, int port, String path) {
        for (JsonNode forward : instance.path("ports")) {
            if (forward.path("port").asInt() == port) {
                return URI.create(
                        "http://127.0.0.1:" + forward.path("host_port").asInt() + path);
            }
        }
        throw new AssertionError("no port " + port + " in " + instance);
    }
}
