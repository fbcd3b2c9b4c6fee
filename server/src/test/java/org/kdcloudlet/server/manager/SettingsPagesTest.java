package org.kdcloudlet.server.manager;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.RequestOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page of the settings in a real browser. */
@Timeout(180)
class SettingsPagesTest {
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

    private static Locator row(Page page, String key) {
        return page.locator("tr[id='" + key + "']");
    }

    @Test
    void aSettingIsChangedRefusedAndReset() throws IOException {
        Page page = manager.loggedIn("administrator");
        page.getByText("Settings", new Page.GetByTextOptions().setExact(true)).click();
        Locator row = row(page, "instances.max");
        assertThat(row).containsText("Machines at a time");
        assertThat(row).containsText("a whole number from 1 to 10000; default 100");
        assertThat(row).containsText("default");
        row.getByLabel("instances.max", new Locator.GetByLabelOptions().setExact(true))
                .fill("12");
        row.getByLabel("Set instances.max").click();
        assertThat(page.locator(".alert-success")).containsText("saved");
        assertThat(row(page, "instances.max")).containsText("live by administrator1280");
        assertThat(row).isInViewport();
        assertThat(manager.json("/v1/status").at("/capacity/max_instances").asInt())
                .isEqualTo(12);

        Locator field = row.getByLabel("instances.max", new Locator.GetByLabelOptions().setExact(true));
        field.fill("<img src=x onerror=alert(1)>");
        field.press("Enter");
        assertThat(page.locator("#refusal")).containsText("instances.max must be a whole number from 1 to 10000");
        assertThat(field).hasValue("<img src=x onerror=alert(1)>");
        assertThat(field).hasAttribute("aria-invalid", "true");
        assertThat(field).isFocused();
        assertThat(manager.audit("settings.edit")).hasSize(2);

        row.getByLabel("Reset instances.max").click();
        assertThat(row(page, "instances.max")).not().containsText("live");
        assertThat(field).hasValue("100");
        page.getByLabel("discovery.advertise", new Page.GetByLabelOptions().setExact(true))
                .selectOption("false");
        page.getByLabel("Set discovery.advertise").click();
        assertThat(page.locator(".alert-success")).isVisible();
        assertThat(manager.json("/v1/settings").toString())
                .contains("\"key\":\"discovery.advertise\",\"value\":\"false\"");
    }

    @Test
    void anOperatorLooksAndAViewerDoesNot() throws IOException {
        Page operator = manager.loggedIn("operator");
        operator.navigate("/settings");
        assertThat(row(operator, "instances.max")).containsText("100");
        assertThat(operator.locator("main form")).hasCount(0);
        String token = operator.locator("meta[name=csrf-token]").getAttribute("content");
        assertThat(operator.request()
                        .put(
                                manager.server().manager() + "/v1/settings/instances.max",
                                RequestOptions.create()
                                        .setHeader("X-CSRF-Token", token)
                                        .setData(Map.of("value", 1)))
                        .status())
                .isEqualTo(403);
        Page viewer = manager.loggedIn("viewer");
        assertThat(viewer.navigate("/settings").status()).isEqualTo(403);
        assertThat(viewer.locator("nav a[href='/settings']")).hasCount(0);
    }

    @Test
    void thePageFitsAPhoneInLightAndDark() throws IOException {
        Page page = manager.loggedIn("administrator", 360, 740);
        manager.server().admin("PUT", "/v1/settings/instances.max", "{\"value\":12}");
        for (String theme : List.of("light", "dark")) {
            page.navigate("/settings");
            if (!page.locator("html").getAttribute("data-bs-theme").equals(theme)) {
                page.locator("#theme").click();
            }
            TestBrowser.assertNoSidewaysScrolling(page);
            TestBrowser.assertAccessible(page);
        }
        TestBrowser.picture(page, "settings-phone-dark");
    }
}
