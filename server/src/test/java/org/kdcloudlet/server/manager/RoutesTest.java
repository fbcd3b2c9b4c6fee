package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.HttpCookie;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestServer;
import org.kdcloudlet.server.account.Accounts;
import org.kdcloudlet.server.account.Role;

/** Every route of the Manager's port, of pages and of the admin REST API, as whoever may come along asks for it. */
@Timeout(120)
class RoutesTest {
    private static final String PASSWORD = "a good password";
    private static final List<Role> ROLES = List.of(Role.values());

    @TempDir
    private static Path data;

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static TestServer server;
    private static List<AdminRoute> routes;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.withManager(data, Map.of());
        AdminApi.Parts nothing = new AdminApi.Parts(
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                new Accounts(null, null, null, null, null),
                null,
                null);
        routes = new ArrayList<>(AdminApi.routes(nothing, new EventsResource(null)));
        try (Pages pages = new Pages("ridge", new SessionCookie(false), nothing, new SmallBodies())) {
            routes.addAll(pages.routes());
        }
        for (Role role : ROLES) {
            server.admin(
                    "POST",
                    "/v1/users",
                    "{\"name\":\"" + AdminJson.name(role) + "\",\"role\":\"" + AdminJson.name(role)
                            + "\",\"password\":\"" + PASSWORD + "\"}");
        }
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<String> ask(String method, String path, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.manager().resolve(path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> ask(AdminRoute route, String... headers)
            throws IOException, InterruptedException {
        return ask(route.method().name(), route.path().replaceAll("[{<][a-z_]+[}>]", "nope"), "", headers);
    }

    private static String token(Role role) throws IOException {
        return server.json(server.admin(
                        "POST", "/v1/tokens", "{\"name\":\"t\",\"role\":\"" + AdminJson.name(role) + "\"}"))
                .path("secret")
                .asText();
    }

    private static HttpResponse<String> logIn(String name, String password, String cookies) throws Exception {
        return ask(
                "POST",
                "/log-in",
                "name=" + name + "&password=" + password.replace(' ', '+'),
                "Content-Type",
                "application/x-www-form-urlencoded",
                "Cookie",
                cookies);
    }

    private static List<HttpCookie> cookies(HttpResponse<String> answer) {
        return answer.headers().allValues("Set-Cookie").stream()
                .flatMap(header -> HttpCookie.parse(header).stream())
                .toList();
    }

    private static String session(Role role) throws Exception {
        return cookies(logIn(AdminJson.name(role), PASSWORD, "none=")).stream()
                .map(cookie -> cookie.getName() + "=" + cookie.getValue())
                .collect(Collectors.joining("; "));
    }

    @Test
    void nobodyGetsToAnyOfThemWithoutAnAccount() throws Exception {
        List<String[]> strangers =
                List.of(new String[] {}, new String[] {"Cookie", "cloudlet_session=guessed"}, new String[] {
                    "Authorization", "Bearer kdc_guessed"
                });
        for (AdminRoute route : routes) {
            for (String[] stranger : strangers) {
                HttpResponse<String> answer = ask(route, stranger);
                String where = answer.headers().firstValue("Location").orElse("");
                assertThat(answer.statusCode() + where)
                        .as("%s %s for %s", route.method(), route.path(), List.of(stranger))
                        .matches("401|303/log-in(\\?next=.*)?");
                assertThat(answer.headers().firstValue("Content-Security-Policy"))
                        .as("%s", route.path())
                        .isPresent();
            }
        }
    }

    @Test
    void eachRoleGetsAsFarAsItMay() throws Exception {
        for (Role role : ROLES) {
            String token = "Bearer " + token(role);
            for (AdminRoute route : routes) {
                boolean may = role.includes(route.role());
                if (may && (route.changes() || route.path().equals("/live"))) {
                    continue;
                }
                int status = ask(route, "Authorization", token).statusCode();
                assertThat(status == 403)
                        .as("%s %s for %s: %s", route.method(), route.path(), role, status)
                        .isNotEqualTo(may);
            }
        }
    }

    @Test
    void noneChangesAnythingForASessionWithoutItsToken() throws Exception {
        String session = session(Role.ADMINISTRATOR);
        String before = server.admin("GET", "/v1/audit?limit=1", "").body();
        for (AdminRoute route : routes) {
            if (route.changes()) {
                for (String[] forged : new String[][] {{"Cookie", session}, {"Cookie", session, "X-CSRF-Token", "x"}}) {
                    HttpResponse<String> answer = ask(route, forged);
                    assertThat(answer.statusCode())
                            .as("%s %s", route.method(), route.path())
                            .isEqualTo(403);
                    assertThat(answer.body()).contains("lacks the token of its session");
                }
            }
        }
        assertThat(server.admin("GET", "/v1/audit?limit=1", "").body())
                .as("nothing was begun")
                .isEqualTo(before);
    }

    @Test
    void theMethodIsThatOfTheRequestLine() throws Exception {
        String token = "Bearer " + token(Role.ADMINISTRATOR);
        String user = "{\"name\":\"mallory\",\"role\":\"administrator\",\"password\":\"" + PASSWORD + "\"}";
        for (String name : List.of("X-HTTP-Method-Override", "x-http-method-override")) {
            assertThat(ask("GET", "/v1/users", user, "Authorization", token, name, "POST")
                            .statusCode())
                    .isEqualTo(400);
            assertThat(ask("POST", "/v1/users", "", "Authorization", token, name, "GET")
                            .statusCode())
                    .isEqualTo(400);
        }
        assertThat(server.admin("GET", "/v1/users", "").body()).doesNotContain("mallory");
    }

    @Test
    void headIsAnsweredAsGetIsButForTheBody() throws Exception {
        String token = "Bearer " + token(Role.VIEWER);
        for (String path : List.of(
                "/v1/status",
                "/v1/services/nope",
                "/v1/users",
                "/instances",
                "/live",
                "/healthz",
                "/readyz",
                "/metrics",
                "/log-in",
                "/setup",
                "/nowhere")) {
            HttpResponse<String> stranger = ask("HEAD", path, "");
            HttpResponse<String> viewer = ask("HEAD", path, "", "Authorization", token);
            assertThat(stranger.body() + viewer.body()).isEmpty();
            if (path.equals("/live")) {
                assertThat(viewer.statusCode()).isEqualTo(200);
            } else {
                assertThat(viewer.statusCode())
                        .as(path)
                        .isEqualTo(ask("GET", path, "", "Authorization", token).statusCode());
                assertThat(stranger.statusCode())
                        .as(path)
                        .isEqualTo(ask("GET", path, "").statusCode());
            }
        }
    }

    @Test
    void aBrowserIsKnownAgainByItsCookie() throws Exception {
        server.admin("POST", "/v1/users", "{\"name\":\"known\",\"role\":\"viewer\",\"password\":\"" + PASSWORD + "\"}");
        List<HttpCookie> cookies = cookies(logIn("known", PASSWORD, "none="));
        assertThat(cookies).extracting(HttpCookie::getName).containsExactly("cloudlet_session", "cloudlet_browser");
        assertThat(cookies).allMatch(HttpCookie::isHttpOnly);
        assertThat(cookies.get(0).getMaxAge()).as("ends with the browser").isEqualTo(-1);
        assertThat(cookies.get(1).getMaxAge()).isPositive();
        for (int i = 0; i < 5; i++) {
            assertThat(logIn("known", "wrong password", "none=").statusCode()).isEqualTo(403);
        }
        // Who takes longer than the wait, two seconds at first and each time twice as long, has another guess.
        int status = 403;
        for (int i = 0; i < 5 && status == 403; i++) {
            status = logIn("known", "wrong password", "none=").statusCode();
        }
        assertThat(status).isEqualTo(429);
        assertThat(logIn("known", PASSWORD, "none=").statusCode()).isEqualTo(429);
        assertThat(logIn("known", PASSWORD, "cloudlet_browser=" + cookies.get(1).getValue())
                        .statusCode())
                .isEqualTo(303);
    }
}
