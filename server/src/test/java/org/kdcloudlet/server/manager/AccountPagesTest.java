package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;

/** Ways in and accounts, in a real browser. */
@Timeout(180)
class AccountPagesTest {
    private static final String PASSWORD = TestManager.PASSWORD;

    @TempDir
    private Path data;

    private TestManager manager;
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        manager = new TestManager(data, Map.of());
        server = manager.server();
    }

    @AfterEach
    void stop() {
        manager.close();
    }

    private JsonNode audit(String action) throws IOException {
        return server.json(server.admin("GET", "/v1/audit?action=" + action, ""))
                .path("entries");
    }

    @Test
    void theSetupLinkMakesTheFirstAccountOnce() throws IOException {
        URI link = URI.create(server.server().setupLink().orElseThrow());
        Page page = manager.visit();
        page.navigate(link.toString());
        assertThat(page.getByLabel("Set-up code")).hasValue(link.getFragment());
        assertThat(page).hasURL(server.manager() + "/setup");
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "setup");
        page.getByLabel("Name").fill("ada");
        page.getByLabel("Password", new Page.GetByLabelOptions().setExact(true)).fill(PASSWORD);
        page.getByLabel("The same again").fill("something else");
        page.locator("main form button").click();
        assertThat(page.locator("#failure")).containsText("not the same");
        page.getByLabel("The same again").fill(PASSWORD);
        page.locator("main form button").click();
        assertThat(page.locator("h2").first()).isVisible();
        assertThat(page.locator("header")).containsText("ada");

        Page again = manager.visit();
        again.navigate(link.toString());
        again.getByLabel("Name").fill("eve");
        again.getByLabel("Password", new Page.GetByLabelOptions().setExact(true))
                .fill(PASSWORD);
        again.getByLabel("The same again").fill(PASSWORD);
        again.locator("main form button").click();
        assertThat(again.locator("[role=alert]:visible")).containsText("not good");
        assertThat(audit("setup").get(0).path("outcome").asText()).isEqualTo("LOGIN_REFUSED");
        assertThat(audit("setup").get(1).path("actor").asText()).isEqualTo("ada");
    }

    @Test
    void somebodyLogsInAndOut() throws IOException {
        manager.account("ada", "viewer");
        Page page = manager.visit();
        page.navigate("/operations?state=failed");
        assertThat(page).hasURL(server.manager() + "/log-in?next=%2Foperations%3Fstate%3Dfailed");
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "log-in");
        TestBrowser.fillInLogIn(page, "ada", "a wrong password");
        assertThat(page.locator("[role=alert]:visible")).containsText("do not belong together");
        TestBrowser.fillInLogIn(page, "ada", PASSWORD);
        assertThat(page.locator("header")).containsText("ada");
        assertThat(page).hasURL(server.manager() + "/operations?state=failed");
        assertThat(page.context().cookies()).allSatisfy(cookie -> {
            assertThat(cookie.httpOnly).isTrue();
            assertThat(cookie.sameSite.name()).isEqualTo("STRICT");
        });
        page.getByText("Log out").click();
        assertThat(page).hasURL(server.manager() + "/log-in");
        page.navigate("/");
        assertThat(page).hasURL(server.manager() + "/log-in");
        assertThat(audit("log-in")).hasSize(2);
        assertThat(audit("log-out")).hasSize(1);
    }

    @Test
    void guessingIsThrottled() throws IOException {
        manager.account("ada", "viewer");
        Page page = manager.visit();
        Locator refusal = page.locator("[role=alert]:visible");
        // The first wait is of two seconds, and each further one twice as long: a slow browser has some guesses more.
        int guesses = 0;
        do {
            TestBrowser.logIn(page, "ada", "a wrong password " + guesses++);
            assertThat(refusal).containsText(Pattern.compile("do not belong together|Too many log-ins"));
        } while (guesses < 6 || (guesses < 12 && refusal.innerText().contains("do not belong together")));
        assertThat(refusal).containsText("Too many log-ins");
    }

    @Test
    void administratorsTokensAndSessionsAreAdministered() throws IOException {
        Page page = manager.loggedIn("administrator");
        page.navigate("/administrators");
        page.locator("#new-name").fill("Bob Smith");
        page.locator("#new-password").fill(PASSWORD);
        page.getByText("Add", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(page.locator("[role=alert]:visible")).containsText("must be 1 to 64 of a-z");
        TestBrowser.awaitScripts(page);
        page.getByText("Back", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(page.locator("#new-name")).hasValue("Bob Smith");
        page.locator("#new-name").fill("bob");
        assertThat(page.locator("#new-password")).hasValue(PASSWORD);
        page.getByText("Add", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(page.locator("select[aria-label='Role of bob']")).hasValue("VIEWER");
        page.locator("select[aria-label='Role of bob']").selectOption("OPERATOR");
        page.getByLabel("Set the role of bob").click();
        assertThat(page.locator("select[aria-label='Role of bob']")).hasValue("OPERATOR");
        Page bob = manager.visit();
        TestBrowser.logIn(bob, "bob", PASSWORD);
        assertThat(bob.locator("header")).containsText("operator");

        page.locator("#token-name").fill("backup");
        page.getByText("Make", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(page.locator("#secret")).hasValue(Pattern.compile("kdc_.*"));
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "administrators");
        page.reload();
        assertThat(page.locator("#secret")).hasCount(0);
        assertThat(page.getByLabel("Revoke backup")).hasCount(1);
        page.getByLabel("Revoke backup").click();
        assertThat(page.locator("main")).not().containsText("backup");
        assertThat(page.locator("tr", new Page.LocatorOptions().setHasText("this one")))
                .containsText("administrator1280");
        // A page that follows nothing, and so asks for nothing when the session has ended.
        bob.navigate("/password");
        page.getByLabel("End the session of bob").click();
        bob.navigate("/");
        assertThat(bob).hasURL(server.manager() + "/log-in");
        page.locator("tr", new Page.LocatorOptions().setHasText("bob"))
                .getByText("Remove…")
                .click();
        page.getByLabel("Remove bob").click();
        assertThat(page.locator("select[aria-label='Role of bob']")).hasCount(0);

        page.navigate("/audit?limit=1&action=users");
        assertThat(page.locator("tbody")).containsText("users.remove");
        page.getByText("Older").click();
        assertThat(page.locator("tbody tr")).hasCount(1);
        assertThat(page.locator("tbody")).containsText("users.edit");
        page.navigate("/audit");
        assertThat(page.locator("tbody")).containsText("users.remove");
        TestBrowser.assertAccessible(page);
        TestBrowser.picture(page, "audit");
        page.getByLabel("What").fill("tokens");
        page.getByText("Filter").click();
        assertThat(page.locator("tbody tr")).hasCount(2);
        assertThat(page.request()
                        .get(page.getByText("CSV").getAttribute("href"))
                        .text())
                .contains("\"tokens.remove\"")
                .doesNotContain("users.remove");
    }

    @Test
    void thePasswordIsChanged() throws IOException {
        Page page = manager.loggedIn("viewer");
        page.navigate("/password");
        TestBrowser.assertAccessible(page);
        change(page, "not the current one");
        assertThat(page.locator("[role=alert]:visible")).containsText("do not belong together");
        change(page, PASSWORD);
        assertThat(page.locator("[role=status]")).containsText("was changed");
        TestBrowser.logIn(manager.visit(), "viewer1280", "another password");
        assertThat(audit("password"))
                .extracting(entry -> entry.path("outcome").asText())
                .containsExactly("done", "LOGIN_REFUSED");
    }

    private static void change(Page page, String current) {
        page.getByLabel("Current password").fill(current);
        page.getByLabel("New password").fill("another password");
        page.getByLabel("The same again").fill("another password");
        page.locator("main form button").click();
    }
}
