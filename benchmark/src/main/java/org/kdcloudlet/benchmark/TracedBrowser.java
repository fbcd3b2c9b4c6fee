package org.kdcloudlet.benchmark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.Cookie;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Debian's Chromium on a page, with a trace of what its renderer does. */
final class TracedBrowser implements AutoCloseable {
    private static final double PATIENCE_MILLIS = 60_000;

    private final Playwright playwright =
            Playwright.create(new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    private final Browser browser = playwright
            .chromium()
            .launch(new BrowserType.LaunchOptions()
                    .setExecutablePath(Path.of("/usr/bin/chromium"))
                    .setArgs(
                            List.of("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")));
    private final Page page;

    /** What changes the rows. */
    interface Change {
        void run() throws IOException;
    }

    TracedBrowser(PageSession session) {
        BrowserContext context = browser.newContext(new Browser.NewContextOptions()
                .setBaseURL(session.manager().toString())
                .setViewportSize(1280, 900));
        context.setDefaultTimeout(PATIENCE_MILLIS);
        String[] cookie = session.cookie().split("=", 2);
        context.addCookies(List.of(
                new Cookie(cookie[0], cookie[1]).setUrl(session.manager().toString())));
        page = context.newPage();
    }

    void open(String path) {
        page.navigate(path);
        page.locator("main table tbody tr").first().waitFor();
    }

    /**
     * The longest task of the page's main thread, in ms, from before a change until so many rows say so.
     *
     * @param state what each row has in the end
     */
    double longestTaskMillis(Change change, int rows, String state) throws IOException {
        browser.startTracing(page, new Browser.StartTracingOptions().setCategories(List.of("toplevel", "__metadata")));
        byte[] trace;
        try {
            change.run();
            page.waitForFunction(
                    "([rows, state]) => [...document.querySelectorAll('main table tbody tr')].filter(row => row.innerText.includes(state)).length >= rows",
                    List.of(rows, state));
        } finally {
            trace = browser.stopTracing();
        }
        return longestTaskMillis(new ObjectMapper().readTree(trace).path("traceEvents"));
    }

    private static double longestTaskMillis(JsonNode events) throws IOException {
        Set<String> mainThreads = new HashSet<>();
        for (JsonNode event : events) {
            if (event.at("/args/name").asText().equals("CrRendererMain")) {
                mainThreads.add(event.path("pid") + "/" + event.path("tid"));
            }
        }
        double longest = -1;
        for (JsonNode event : events) {
            boolean task = event.path("name").asText().contains("RunTask")
                    && mainThreads.contains(event.path("pid") + "/" + event.path("tid"));
            longest = task ? Math.max(longest, event.path("dur").asDouble() / 1000) : longest;
        }
        if (longest < 0) {
            throw new IOException("the trace has no task of the page");
        }
        return longest;
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
