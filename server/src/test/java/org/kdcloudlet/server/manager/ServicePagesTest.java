package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.manager.SocketVisitor.PATIENCE;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.testing.FakeCall;

/** The pages of services and of what is done with their images, in a real browser on a fake hypervisor; none may complain in its console. */
@Timeout(180)
class ServicePagesTest {
    /** What of the page of an operation follows it. */
    private static final String OPERATION = "[hx-get^='/operations/']";

    private static final String MARK = "steps => { steps.dataset.seen = 'yes'; }";

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
    void aServiceNamedLikeAPageHasItsOwnPage() throws IOException {
        Page page = manager.loggedIn("operator");
        for (String id : List.of("new", "check", "changes", "table", "preparation")) {
            manager.server().serve(id, 0);
            page.navigate("/services");
            page.locator("#services-rows a")
                    .getByText(id, new Locator.GetByTextOptions().setExact(true))
                    .click();
            assertThat(page.locator("h1")).hasText(id);
            page.getByLabel("Description").fill("It is called " + id);
            page.getByText("Save", new Page.GetByTextOptions().setExact(true)).click();
            assertThat(page.locator("main p").first()).hasText("It is called " + id);
        }
        TestBrowser.awaitScripts(page);
        page.getByLabel("Ports").fill("x");
        assertThat(page.locator("#ports-problem")).not().isEmpty();
        page.navigate("/services");
        page.getByText("New service").click();
        assertThat(page.locator("h1")).hasText("New service");
    }

    @Test
    void thePageOfAServiceFollowsWhatHappensAndKeepsWhatIsFilledIn() throws IOException {
        manager.server()
                .admin("POST", "/v1/services", "{\"service_id\":\"demo\",\"ports\":[{\"port\":9000}],\"pool_size\":0}");
        Page page = manager.loggedIn("operator");
        page.navigate("/services/demo");
        page.getByLabel("Description").fill("not saved yet");
        assertThat(page.locator("main")).containsText("None yet.");
        manager.server().world().failNext(FakeCall.FREEZE, HypervisorError.NOT_READY);
        manager.server().admin("POST", "/v1/services/demo/images", "an image");
        assertThat(page.locator("main tbody tr").first()).containsText("failed");
        assertThat(page.getByLabel("Description")).hasValue("not saved yet");
        page.getByLabel("Prepare version 1").click();
        assertThat(page.locator("main .badge").first()).hasText("succeeded");
        page.getByText("To the service").click();
        assertThat(page.locator("main tbody tr").first()).containsText("1 current");
        assertThat(page.getByLabel("Prepare version 1")).hasCount(0);

        page.getByLabel("Description").fill("not saved yet");
        manager.server().admin("POST", "/v1/services/demo/images", "another image");
        assertThat(page.locator("main tbody tr").first()).containsText("2 current");
        page.getByLabel("Delete version 1…").click();
        manager.server().admin("POST", "/v1/instances", "{\"service_id\":\"demo\"}");
        assertThat(page.locator("main")).containsText("1 instance");
        assertThat(page.getByLabel("Description")).hasValue("not saved yet");
        TestBrowser.assertAccessible(page);
        page.getByLabel("Delete version 1", new Page.GetByLabelOptions().setExact(true))
                .click();
        assertThat(page.locator("main tbody tr")).hasCount(1);

        manager.server().admin("DELETE", "/v1/services/demo?force=true", "");
        assertThat(page.locator("main")).containsText("This service is not here any more");
    }

    @Test
    void oneIsNotSeveral() throws IOException {
        manager.server().serve("demo", 0);
        Page page = manager.loggedIn("viewer");
        for (String count : List.of("0 instances", "1 instance", "2 instances")) {
            page.navigate("/services/demo");
            assertThat(page.locator("main p").nth(1).innerText().split(" · ")).contains(count);
            manager.server().admin("POST", "/v1/instances", "{\"service_id\":\"demo\"}");
        }
    }

    /** Adds a service and begins to import its image; returns the operation. */
    private String beginImport() throws IOException {
        manager.server()
                .admin("POST", "/v1/services", "{\"service_id\":\"demo\",\"ports\":[{\"port\":9000}],\"pool_size\":0}");
        return manager.server()
                .json(manager.server().admin("POST", "/v1/services/demo/images", "an image"))
                .path("id")
                .asText();
    }

    /** The page is brought up to date, as it is whenever something happens, between the press of a button and its release. */
    @Test
    void whatIsPressedStaysUntilItIsLetGo() throws IOException {
        CountDownLatch gate = manager.server().world().hold(FakeCall.IMPORT);
        String operation = beginImport();
        Page page = manager.loggedIn("operator");
        page.navigate("/operations/" + operation);
        Locator button = page.getByText("Cancel, and undo what was done");
        button.hover();
        page.mouse().down();
        gate.countDown();
        assertThat(manager.json("/v1/operations/" + operation + "/wait?seconds=60")
                        .path("state")
                        .asText())
                .isEqualTo("succeeded");
        TestBrowser.bringUpToDate(page, OPERATION);
        assertThat(button).hasCount(1);
        page.mouse().move(1, 1);
        page.mouse().up();
        assertThat(button).hasCount(0);
    }

    @Test
    void anOperationIsLookedAtAndCancelledWithoutAComplaintOfTheBrowser() throws IOException {
        CountDownLatch gate = manager.server().world().hold(FakeCall.IMPORT);
        String operation = beginImport();
        Page page = manager.loggedIn("operator");
        page.navigate("/operations/" + operation);
        // What is asked for first is put there, whatever it is. Once the import has come to the gate, nothing changes
        // any more.
        await().pollInSameThread().atMost(PATIENCE).until(() -> {
            page.locator("ol.steps").evaluate(MARK);
            TestBrowser.bringUpToDate(page, OPERATION);
            return page.locator("ol.steps[data-seen]").count() == 1;
        });
        page.getByText("Cancel, and undo what was done").click();
        gate.countDown();
        assertThat(page.locator("main .badge").first()).hasText("cancelled");
        assertThat(page.getByText("To the service")).hasAttribute("href", "/services/demo");
        assertThat(manager.json("/v1/services/demo/images").path("images")).isEmpty();
    }
}
