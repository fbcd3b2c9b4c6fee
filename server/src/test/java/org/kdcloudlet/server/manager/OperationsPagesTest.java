package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.testing.FakeCall;
import org.kdcloudlet.server.web.RawHttp;

/** Operations page by page, by REST and in a real browser that follows them. Ids count up from test to test. */
@Timeout(180)
class OperationsPagesTest {
    @TempDir
    private static Path data;

    private static TestManager manager;
    private static Page page;

    @BeforeAll
    static void start() throws IOException {
        manager = new TestManager(data, Map.of());
        manager.server().serve("demo", 0);
        page = manager.loggedIn("viewer");
    }

    @AfterAll
    static void stop() {
        manager.close();
    }

    /** One that has ended; returns its id. */
    private static long operation() throws IOException {
        return ended(manager.server().admin("POST", "/v1/services/demo/images/1/prepare", ""));
    }

    private static long ended(RawHttp.Answer begun) throws IOException {
        long id = manager.server().json(begun).path("id").asLong();
        JsonNode end = manager.json("/v1/operations/" + id + "/wait?seconds=60");
        assertThat(end.path("state").asText()).isEqualTo("succeeded");
        return id;
    }

    private static List<String> ids(String query) throws IOException {
        return manager.json("/v1/operations" + query).path("operations").findValuesAsText("id");
    }

    private static List<String> down(long from, long to) {
        return LongStream.iterate(from, id -> id >= to, id -> id - 1)
                .mapToObj(Long::toString)
                .toList();
    }

    private static Locator rows() {
        return page.locator("#operations tbody tr th");
    }

    @Test
    void theListIsBoundedAndPagedTheNewestFirst() throws IOException {
        operation();
        operation();
        long newest = operation();
        assertThat(ids("?limit=2")).isEqualTo(down(newest, newest - 1));
        assertThat(ids("?limit=2&before=" + (newest - 1))).isEqualTo(down(newest - 2, newest - 3));
        assertThat(ids("")).isEqualTo(down(newest, 1));
        assertThat(ids("?before=1")).isEmpty();
        assertThat(ids("?state=succeeded&limit=1000")).isEqualTo(down(newest, 1));
        assertThat(ids("?state=failed")).isEmpty();
    }

    @Test
    void thePageGetsNewOnesAtItsTopLosesWhatIsTooMuchAndKeepsTheOtherRows() throws IOException {
        for (int i = 0; i < 3; i++) {
            operation();
        }
        long newest = operation();
        page.navigate("/operations?limit=3");
        assertThat(rows()).hasText(down(newest, newest - 2).toArray(String[]::new));
        assertThat(page.locator("#older")).hasAttribute("href", Pattern.compile(".*before=" + (newest - 2)));
        assertThat(page.locator("main time").first()).hasAttribute("title", Pattern.compile("2.*Z"));
        Locator kept = page.locator("#row-" + newest);
        kept.evaluate("row => row.dataset.kept = 'yes'");

        long added = operation();

        assertThat(rows()).hasText(down(added, added - 2).toArray(String[]::new));
        assertThat(page.locator("#row-" + added)).containsText("succeeded");
        assertThat(kept).hasAttribute("data-kept", "yes");
        assertThat(page.locator("#row-" + added + " time")).hasAttribute("title", Pattern.compile("2.*Z"));
        assertThat(page.locator("#older")).hasAttribute("href", Pattern.compile(".*before=" + (added - 2)));
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "operations");

        page.locator("#older").click();
        assertThat(rows()).hasText(down(added - 3, added - 5).toArray(String[]::new));
        page.getByText("Newest").click();
        assertThat(rows()).hasText(down(added, added - 2).toArray(String[]::new));
    }

    @Test
    void aFurtherPageStaysWhereItIs() throws IOException {
        for (int i = 0; i < 3; i++) {
            operation();
        }
        long newest = operation();
        page.navigate("/operations?limit=2&before=" + newest);
        assertThat(rows()).hasText(down(newest - 1, newest - 2).toArray(String[]::new));
        page.locator("#row-" + (newest - 1)).evaluate("row => row.dataset.kept = 'yes'");
        String before = page.locator("#operations-rows-state").inputValue();

        operation();

        assertThat(page.locator("#operations-rows-state")).not().hasValue(before);
        assertThat(rows()).hasText(down(newest - 1, newest - 2).toArray(String[]::new));
        assertThat(page.locator("#row-" + (newest - 1))).hasAttribute("data-kept", "yes");
    }

    @Test
    void thoseThatRunAreFoundHoweverManyCameAfterThem() throws IOException {
        CountDownLatch gate = manager.server().world().hold(FakeCall.IMPORT);
        try {
            RawHttp.Answer begun = manager.server().admin("POST", "/v1/services/demo/images", "another image");
            long running = manager.server().json(begun).path("id").asLong();
            operation();
            operation();
            page.navigate("/operations?limit=2");
            assertThat(page.locator("#row-" + running)).hasCount(0);
            page.getByRole(AriaRole.GROUP).getByText("running").click();
            assertThat(rows()).hasText(new String[] {Long.toString(running)});
            assertThat(ids("?state=running")).containsExactly(Long.toString(running));
            TestBrowser.assertAccessible(page);
            gate.countDown();
            assertThat(page.locator("#operations")).containsText("There is no such operation");
            ended(begun);
        } finally {
            gate.countDown();
        }
        page.getByText("succeeded").first().click();
        assertThat(page.locator("main .active")).hasText("succeeded");
    }

    @Test
    void oneThatHasEndedLeadsToWhatItWasAboutAsLongAsThatExists() throws IOException {
        manager.server().serve("brief", 0);
        UUID instance = manager.server().start("brief");
        long taken = ended(
                manager.server().admin("POST", "/v1/instances/" + instance + "/snapshots", "{\"name\":\"first\"}"));
        long prepared = ended(manager.server().admin("POST", "/v1/services/brief/images/1/prepare", ""));
        page.navigate("/operations/" + taken);
        assertThat(page.getByText("To the instance")).hasAttribute("href", "/instances/" + instance);
        page.navigate("/operations/" + prepared);
        assertThat(page.getByText("To the service")).hasAttribute("href", "/services/brief");

        manager.server().admin("DELETE", "/v1/services/brief?force=true", "");

        page.reload();
        assertThat(page.locator("main")).containsText("There is no service brief any more.");
        assertThat(page.getByText("To the service")).hasCount(0);
        page.navigate("/operations/" + taken);
        assertThat(page.locator("main")).containsText("The instance " + instance + " is gone.");
        assertThat(page.locator("main a")).hasCount(0);
    }
}
