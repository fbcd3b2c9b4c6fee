package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How the cloudlet is, in a real browser. */
@Timeout(180)
class OverviewPageTest {
    @TempDir
    private Path data;

    private TestManager manager;

    @BeforeEach
    void start() throws IOException {
        manager = new TestManager(data, Map.of());
    }

    @AfterEach
    void stop() {
        manager.close();
    }

    @Test
    void theLoadOfTheLastHourIsDrawnAndSaidInWords() throws IOException {
        Page page = manager.loggedIn("viewer");
        assertThat(page.locator("section[aria-labelledby=by-service]")).containsText("No services yet.");
        assertThat(page.getByText("Add one")).hasCount(0);
        for (String id : List.of("cpu", "memory", "disk")) {
            assertThat(page.locator("[data-chart=" + id + "] canvas")).isVisible();
            assertThat(page.locator("#chart-" + id))
                    .hasText(Pattern.compile("Now [0-9]+ %, on average [0-9]+ %, at most [0-9]+ %\\."));
        }
        assertThat(drawn(page)).as("something is drawn").isTrue();
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "overview");
        page.locator("#theme").click();
        assertThat(page.locator("html")).hasAttribute("data-bs-theme", "dark");
        assertThat(drawn(page)).isTrue();
        page.setViewportSize(360, 740);
        TestBrowser.assertNoSidewaysScrolling(page);
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "phone-dark-overview-charts");
    }

    private static boolean drawn(Page page) {
        return (Boolean)
                page.evaluate(
                        "() => Array.from(document.querySelectorAll('[data-chart] canvas')).every(canvas =>"
                                + " canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(byte => byte > 0))");
    }

    @Test
    void whatRunsWhatHappenedAndWhatNeedsAttentionIsFollowed() throws IOException {
        for (int i = 0; i < 14; i++) {
            manager.server()
                    .admin("POST", "/v1/services", "{\"service_id\":\"s" + i + "\",\"ports\":[{\"port\":9000}]}");
        }
        manager.server().serve("demo", 0);
        Page page = manager.loggedIn("viewer");
        assertThat(page.getByText("and 3 more")).isVisible();
        assertThat(page.locator("main")).containsText("Service s0 has no image to start from");
        assertThat(page.locator("main")).containsText("It is not real");
        page.evaluate("() => { document.querySelector('[data-chart=cpu]').marked = true; }");
        manager.server().admin("POST", "/v1/instances", "{\"service_id\":\"demo\"}");
        assertThat(page.locator("section[aria-labelledby=by-service] tbody tr").first())
                .hasText(Pattern.compile("demo\\s*1.*"));
        assertThat(page.locator(".events")).containsText("was started");
        assertThat((Boolean) page.evaluate("() => document.querySelector('[data-chart=cpu]').marked"))
                .as("the charts stay what they are")
                .isTrue();
    }
}
