package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.args.AxeRunOptions;
import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ReducedMotion;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Debian's Chromium without a screen. What goes wrong in a page (scripts, policy violations, files that are missing) is told when they are left. */
final class TestBrowser implements AutoCloseable {
    private static final List<String> FLAGS = List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");
    private static final Path PICTURES = Path.of("target", "screenshots");
    private static final double PATIENCE_MILLIS = 30_000;

    static {
        // Else 5 seconds, which is how often some pages learn of something.
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    }

    private final Playwright playwright =
            Playwright.create(new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    private final Browser browser = playwright
            .chromium()
            .launch(new BrowserType.LaunchOptions()
                    .setExecutablePath(Path.of("/usr/bin/chromium"))
                    // Going back shows a page as it was left, as it does for people.
                    .setIgnoreDefaultArgs(List.of("--disable-back-forward-cache"))
                    .setArgs(FLAGS));
    private final List<String> faults = new ArrayList<>();

    /** A new browser for somebody, who knows nothing yet. */
    Page visit(URI manager, int width, int height) {
        BrowserContext somebody = browser.newContext(new Browser.NewContextOptions()
                .setBaseURL(manager.toString())
                .setViewportSize(width, height)
                // Where scrolling takes its time, a button may move on between being pressed and let go.
                .setReducedMotion(ReducedMotion.REDUCE));
        somebody.setDefaultTimeout(PATIENCE_MILLIS);
        Page page = somebody.newPage();
        page.onPageError(fault -> faults.add("error in " + page.url() + ": " + fault));
        page.onConsoleMessage(message -> {
            boolean refused = message.text().contains("the server responded with a status of 4")
                    || message.text().contains("net::ERR_UPLOAD_FILE_CHANGED")
                    || message.text().contains("Response Status Error Code 401 from")
                    || message.text().contains("WebSocket handshake: Unexpected response code: 4")
                    || message.text().contains("Failed when connecting: Connection closed (code: 1006)");
            // What a page still asks for when it is left is given up, and htmx says so; a server that is silent it
            // names otherwise.
            boolean left = message.text().startsWith("htmx:afterRequest")
                    || message.text().startsWith("htmx:sendAbort");
            if (message.type().equals("error") && !refused && !left) {
                faults.add("console of " + page.url() + ": " + message.text());
            }
        });
        page.onDialog(dialog -> {
            faults.add("a dialog in " + page.url() + ": " + dialog.message());
            dialog.dismiss();
        });
        return page;
    }

    Page visit(URI manager) {
        return visit(manager, 1280, 900);
    }

    /** Logs in from anywhere. */
    static void logIn(Page page, String name, String password) {
        page.navigate("/log-in");
        fillInLogIn(page, name, password);
    }

    /** Fills in the log-in that a page has led to. */
    static void fillInLogIn(Page page, String name, String password) {
        page.getByLabel("Name").fill(name);
        page.getByLabel("Password").fill(password);
        page.locator("main form button").click();
    }

    /** Waits until the scripts of a page that a click has led to have seen to its forms, as {@link Page#navigate} does by itself. */
    static void awaitScripts(Page page) {
        page.waitForLoadState();
    }

    /** Has a part of a page asked for, as when something has happened, and waits until the answer was made use of. */
    static void bringUpToDate(Page page, String part) {
        page.evaluate("""
                part => new Promise(done => {
                  const followed = document.querySelector(part);
                  followed.addEventListener('htmx:afterRequest', () => done(), {once: true});
                  htmx.trigger(followed, followed.getAttribute('hx-trigger').split(',')[0]);
                })""", part);
    }

    /** Keeps a picture of a page, for people. */
    static void picture(Page page, String name) {
        page.screenshot(new Page.ScreenshotOptions()
                .setPath(PICTURES.resolve(name + ".png"))
                .setFullPage(true));
    }

    /** Waits until nothing in a page moves any more. What a script waits for has no deadline of Playwright's, so it brings its own. */
    static void awaitAnimations(Page page) {
        page.evaluate("""
                millis => {
                  const running = document.getAnimations();
                  const ended = Promise.allSettled(running.map(animation => animation.finished));
                  const late = new Promise((resolve, reject) => setTimeout(() => reject(new Error(
                    'still moving: ' + running.filter(animation => animation.playState !== 'finished').map(animation =>
                      (animation.animationName || animation.transitionProperty) + ' of ' + animation.effect.target.outerHTML
                        .slice(0, 80)))), millis));
                  return Promise.race([ended, late]);
                }""", PATIENCE_MILLIS);
    }

    /** Holds a page to what axe-core finds: nothing serious or critical. */
    static void assertAccessible(Page page) {
        // Colours that are on their way from one to another have no contrast to speak of.
        awaitAnimations(page);
        AxeRunOptions options = new AxeRunOptions();
        options.setResultTypes(List.of("violations"));
        List<String> serious = new ArrayList<>();
        // One run in the page itself: no page has frames of elsewhere, for which axe-core would open another page each
        // time.
        for (Rule rule : new AxeBuilder(page)
                .options(options)
                .setLegacyMode(true)
                .analyze()
                .getViolations()) {
            if (List.of("serious", "critical").contains(rule.getImpact())) {
                serious.add(rule.getId() + " " + rule.getHelp() + ": "
                        + rule.getNodes().stream()
                                .map(node -> node.getHtml() + " " + node.getFailureSummary())
                                .toList());
            }
        }
        assertThat(serious).as("what axe-core finds in %s", page.url()).isEmpty();
    }

    /** Holds a page to the width of its window; what is drawn by a script fits that a moment after a change of it. */
    static void assertNoSidewaysScrolling(Page page) {
        Object overflow = page.evaluate("""
                async millis => {
                  const root = document.documentElement;
                  const end = performance.now() + millis;
                  while (root.scrollWidth > root.clientWidth && performance.now() < end) {
                    await new Promise(later => setTimeout(later, 20));
                  }
                  return root.scrollWidth - root.clientWidth;
                }""", PATIENCE_MILLIS);
        assertThat(((Number) overflow).intValue())
                .as("pixels too wide: %s", page.url())
                .isLessThanOrEqualTo(0);
    }

    /** Closes all pages and tells what went wrong in them. */
    List<String> leave() {
        browser.contexts().forEach(BrowserContext::close);
        List<String> found = List.copyOf(faults);
        faults.clear();
        return found;
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
