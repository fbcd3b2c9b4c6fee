package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;

import io.javalin.http.HandlerType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.kdcloudlet.server.account.Accounts;

/** The pictures of pages in docs: each page has one, and there is none of what is gone. */
class ScreenshotsTest {
    private static final long LARGEST = 100_000;

    @Test
    void eachPageHasItsPicture() {
        Set<String> routes = new TreeSet<>(Set.of("/setup", "/log-in"));
        try (Pages pages = pages()) {
            pages.routes().stream()
                    .filter(route -> route.method() == HandlerType.GET)
                    .forEach(route -> routes.add(route.path()));
        }
        Set<String> known = new TreeSet<>(Screenshots.PARTS);
        Screenshots.SHOTS.forEach(shot -> known.add(shot.route()));
        assertThat(known)
                .as("lines of Screenshots.SHOTS, and Screenshots.PARTS")
                .isEqualTo(routes);
    }

    /** Only asked for its routes. */
    private static Pages pages() {
        Accounts accounts = new Accounts(null, null, null, null, null);
        AdminApi.Parts parts = new AdminApi.Parts(
                null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, accounts,
                null, null);
        return new Pages("ridge", new SessionCookie(false), parts, new SmallBodies());
    }

    @Test
    void eachPictureIsThereAndSmall() throws IOException {
        Set<String> wanted =
                Screenshots.SHOTS.stream().map(shot -> shot.name() + ".png").collect(Collectors.toSet());
        List<Path> pictures;
        try (Stream<Path> files = Files.list(Screenshots.IMAGES)) {
            pictures = files.toList();
        }
        assertThat(pictures).extracting(file -> file.getFileName().toString()).containsAll(wanted);
        assertThat(pictures).allSatisfy(file -> assertThat(file)
                .isRegularFile()
                .satisfies(picture -> assertThat(Files.size(picture)).isBetween(500L, LARGEST)));
        String documents = documents();
        assertThat(pictures)
                .as("pictures of pages, or such that a document shows")
                .allMatch(file -> wanted.contains(file.getFileName().toString())
                        || documents.contains("images/" + file.getFileName()));
    }

    private static String documents() throws IOException {
        try (Stream<Path> files = Files.walk(Screenshots.IMAGES.getParent())) {
            StringBuilder all = new StringBuilder();
            for (Path file :
                    files.filter(file -> file.toString().endsWith(".md")).toList()) {
                all.append(Files.readString(file));
            }
            return all.toString();
        }
    }
}
