package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.app.TestApk;
import org.kdcloudlet.server.web.RawHttp;

/**
 * Takes the pictures of {@code docs/images}: {@code ./cloudlet screenshots}. A whole server with a real machine, shown by Debian's
 * Chromium. No test: its name keeps it out of runs of the tests. A new page is one line of {@link #SHOTS}.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class Screenshots {
    static final Path IMAGES = Path.of(System.getProperty("cloudlet.project"), "docs", "images");

    /** Addresses that are parts of pages, or files; {@link ScreenshotsTest} wants a picture of everything else. */
    static final Set<String> PARTS = Set.of(
            "/live",
            "/overview",
            "/service-changes",
            "/new-service/check",
            "/services/{service_id}/state",
            "/services/{service_id}/preparation/body",
            "/instances/changes",
            "/instances/figures",
            "/instances/{id}/body",
            "/operations/changes",
            "/operations/{id}/body",
            "/apps/changes");

    /** In this order: set-up comes before there is an account. */
    static final List<Shot> SHOTS = List.of(
            shot("setup", "/setup").anonymous(),
            shot("log-in", "/log-in").anonymous(),
            shot("overview", "/").high(1000),
            shot("overview-dark", "/").dark().high(1000),
            shot("overview-phone", "/").phone(),
            shot("services", "/services").high(420),
            shot("services-phone-dark", "/services").phone().dark(),
            shot("service", "/services/{service_id}").high(1000),
            shot("service-new", "/new-service").high(1000),
            shot("service-new-image", "/new-service").high(620).when(Screenshots::chooseInteractively),
            shot("service-remove", "/services/{service_id}/remove").high(420),
            shot("preparation-new", "/services/{service_id}/preparation").high(820),
            shot("preparation", "/services/{service_id}/preparation").high(900).when(Screenshots::prepare),
            shot("packages", "/packages").high(560),
            shot("instances", "/instances").high(420),
            shot("instances-phone", "/instances").phone(),
            shot("instance", "/instances/{id}").high(1000),
            shot("instance-console", "/instances/{id}/console").high(800).when(Screenshots::awaitScreen),
            shot("instance-screen", "/instances/{id}/screen").high(620),
            shot("instance-log", "/instances/{id}/log").high(620),
            shot("apps", "/apps").high(560),
            shot("app", "/apps/{id}").high(900),
            shot("app-remove", "/apps/{id}/remove").high(420),
            shot("operations", "/operations").high(420),
            shot("operation", "/operations/{id}").high(620),
            shot("settings", "/settings").high(900).when(Screenshots::scrollToInstances),
            shot("settings-phone", "/settings").phone().when(Screenshots::scrollToInstances),
            shot("audit", "/audit").high(800),
            shot("administrators", "/administrators").high(1000),
            shot("password", "/password").high(520));

    private static final String SERVICE = "org.example.inspect";
    private static final String PASSWORD = "a good password";
    private static final double PATIENCE_MILLIS = 180_000;

    @TempDir
    private Path folder;

    /**
     * A picture.
     *
     * @param name of its file, without {@code .png}
     * @param route with the names of what is put in: {@code {service_id}}, {@code {id}} of what stands before it, {@code {number}}
     * @param anonymous whether nobody is logged in
     * @param ready is given the page before its picture is taken
     */
    record Shot(
            String name,
            String route,
            int width,
            int height,
            boolean isDark,
            boolean isAnonymous,
            Consumer<Page> ready) {
        Shot high(int newHeight) {
            return new Shot(name, route, width, newHeight, isDark, isAnonymous, ready);
        }

        Shot phone() {
            return new Shot(name, route, 360, 740, isDark, isAnonymous, ready);
        }

        Shot dark() {
            return new Shot(name, route, width, height, true, isAnonymous, ready);
        }

        Shot anonymous() {
            return new Shot(name, route, width, height, isDark, true, ready);
        }

        Shot when(Consumer<Page> newReady) {
            return new Shot(name, route, width, height, isDark, isAnonymous, newReady);
        }
    }

    private static Shot shot(String name, String route) {
        return new Shot(name, route, 1200, 640, false, false, page -> {});
    }

    @Test
    void take() throws IOException, InterruptedException {
        Files.createDirectories(IMAGES);
        try (TestServer server = TestServer.onQemu(folder.resolve("data"));
                TestBrowser browser = new TestBrowser()) {
            try {
                Map<String, String> ids = null;
                for (Shot shot : SHOTS) {
                    if (ids == null && !shot.isAnonymous()) {
                        ids = fill(server, browser);
                    }
                    takeOrName(server.manager(), browser, shot, ids == null ? Map.of() : ids);
                }
            } finally {
                server.admin("DELETE", "/v1/services/" + SERVICE + "?force=true", "");
            }
            assertThat(browser.leave()).isEmpty();
        }
    }

    private static void takeOrName(URI manager, TestBrowser browser, Shot shot, Map<String, String> ids)
            throws IOException, InterruptedException {
        try {
            take(manager, browser, shot, ids);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("No picture " + shot.name() + ": " + e.getMessage(), e);
        }
    }

    private static String post(TestServer server, String path, String json) throws IOException {
        RawHttp.Answer answer = server.admin("POST", path, json);
        assertThat(answer.status()).as("%s: %s", path, answer.body()).isEqualTo(201);
        return server.json(answer).path("id").asText();
    }

    /** What a cloudlet has that is in use; where its ids go in routes. */
    private Map<String, String> fill(TestServer server, TestBrowser browser) throws IOException {
        Map.of("ada", "administrator", "grace", "operator", "linus", "viewer")
                .forEach((name, role) -> account(server, name, role));
        post(server, "/v1/tokens", "{\"name\":\"backup\",\"role\":\"operator\"}");
        server.admin("PUT", "/v1/settings/instances.max", "{\"value\":20}");
        post(server, "/v1/services", """
                {"service_id": "org.example.speech", "description": "Understands what is said", "ports": [{"port": 9001}]}""");
        post(server, "/v1/services", """
                {"service_id": "org.example.inspect", "description": "Looks closely at a file", "tags": ["files"],
                 "pool_size": 1, "ports": [{"port": 8080}], "probe": {"kind": "http", "path": "/healthz"}}""");
        Page page = visit(server.manager(), browser, 1000, 640);
        String operation = upload(page);
        String app = server.publish(new TestApk(folder).make("org.example.speech", 7, "1.0"));
        String instance = server.start(SERVICE).toString();
        Awaitility.await("a clone of " + SERVICE + " that waits")
                .atMost(Duration.ofMinutes(3))
                .until(() -> server.admin("GET", "/v1/services", "").body().contains("\"ready\":1"));
        return Map.of("services", SERVICE, "instances", instance, "apps", app, "operations", operation);
    }

    private static void account(TestServer server, String name, String role) {
        try {
            server.admin(
                    "POST",
                    "/v1/users",
                    "{\"name\":\"" + name + "\",\"role\":\"" + role + "\",\"password\":\"" + PASSWORD + "\"}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives the service its image in the page, as people do it; the id of the operation. */
    private static String upload(Page page) throws IOException {
        page.navigate("/services/" + SERVICE);
        Path image = Path.of(System.getProperty("cloudlet.demo.image"));
        page.locator("#image").setInputFiles(image);
        page.getByText("Upload", new Page.GetByTextOptions().setExact(true)).click();
        page.waitForURL("**/operations/*");
        String operation = page.url().replaceFirst(".*/", "");
        assertThat(page.locator("main"))
                .containsText(
                        Pattern.compile("succeeded|failed|cancelled"),
                        new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE_MILLIS));
        assertThat(page.locator("main").innerText())
                .as("operation %s", operation)
                .contains("succeeded");
        return operation;
    }

    private static Page visit(URI manager, TestBrowser browser, int width, int height) {
        Page page = browser.visit(manager, width, height);
        TestBrowser.logIn(page, "ada", PASSWORD);
        page.locator("nav").waitFor();
        return page;
    }

    private static void take(URI manager, TestBrowser browser, Shot shot, Map<String, String> ids)
            throws IOException, InterruptedException {
        Page page = shot.isAnonymous()
                ? browser.visit(manager, shot.width(), shot.height())
                : visit(manager, browser, shot.width(), shot.height());
        page.navigate(address(shot.route(), ids));
        if (shot.isDark()) {
            page.locator("#theme").click();
        }
        shot.ready().accept(page);
        TestBrowser.awaitAnimations(page);
        // The same times in each run, so that a picture changes only with its page.
        page.evaluate(
                "() => document.querySelectorAll('time').forEach(time => { time.textContent = '2026-11-25 10:15'; })");
        Files.write(IMAGES.resolve(shot.name() + ".png"), small(page.screenshot()));
        page.context().close();
    }

    private static String address(String route, Map<String, String> ids) {
        String address = route.replace("{number}", "1");
        for (Map.Entry<String, String> id : ids.entrySet()) {
            address = address.replaceFirst("/" + id.getKey() + "/\\{[a-z_]+}", "/" + id.getKey() + "/" + id.getValue());
        }
        return address;
    }

    /** Where most is that can be changed. */
    private static void scrollToInstances(Page page) {
        page.evaluate("() => document.getElementById('section-instances').scrollIntoView({behavior: 'instant'})");
    }

    private static void chooseInteractively(Page page) {
        page.getByLabel("Interactively").check();
        page.evaluate("() => document.getElementById('image-title').scrollIntoView({behavior: 'instant'})");
    }

    private static void prepare(Page page) {
        page.getByText("Start the machine").click();
        awaitScreen(page);
    }

    private static void awaitScreen(Page page) {
        assertThat(page.locator("#console-state"))
                .containsText("Connected", new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE_MILLIS));
        page.waitForFunction("""
                () => {
                  const canvas = document.querySelector('#console canvas');
                  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
                  return new Set(new Uint32Array(data.buffer)).size > 1;
                }""");
    }

    /** The picture with a palette, a third of the size. */
    private static byte[] small(byte[] png) throws IOException, InterruptedException {
        Path whole = Files.createTempFile("whole", ".png");
        Path reduced = Files.createTempFile("reduced", ".png");
        try {
            Files.write(whole, png);
            Process pngquant = new ProcessBuilder("pngquant", "--speed", "1", "--strip", "128", "-")
                    .redirectInput(whole.toFile())
                    .redirectOutput(reduced.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            boolean ended = pngquant.waitFor(60, TimeUnit.SECONDS);
            pngquant.destroyForcibly();
            assertThat(ended).as("the end of pngquant").isTrue();
            assertThat(pngquant.exitValue()).as("the status of pngquant").isZero();
            return Files.readAllBytes(reduced);
        } finally {
            Files.delete(whole);
            Files.delete(reduced);
        }
    }
}
