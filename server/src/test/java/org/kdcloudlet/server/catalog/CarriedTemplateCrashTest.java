package org.kdcloudlet.server.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.TestCloudlet.PATIENCE;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.Domain;
import org.kdcloudlet.server.MortalServer;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.operation.Operation;

/**
 * Kills the server before each of its calls of the hypervisor and each of its statements while it exports a service with its template
 * and imports both; then checks that the next server has an export that is whole or none, and nothing half done.
 */
class CarriedTemplateCrashTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void beQuiet() {
        MortalServer.beQuiet();
    }

    @AfterEach
    void beHeardAgain() {
        MortalServer.beHeardAgain();
    }

    @Test
    void killedAtAnyPointExportsAndImportsAreWholeOrGone() throws IOException {
        int point = 0;
        boolean killed = true;
        while (killed) {
            try (TestCloudlet cloudlet = new TestCloudlet(Files.createDirectory(folder.resolve("killed-" + point)))) {
                MortalServer server = MortalServer.immortalYet(cloudlet, point);
                server.open().serve(service("a"));
                server.countFromNow();
                killed = server.isKilledIn(() -> exportAndImport(server, cloudlet.domain()));
                server.die();
                cloudlet.open();
                check(cloudlet, "killed before call " + (point + 1));
            }
            point++;
        }
        assertThat(point).as("calls and statements").isGreaterThan(20);
    }

    private static void exportAndImport(MortalServer server, Domain domain) {
        server.awaitEnd(domain.packages().exportToFolder("a", true, true));
        domain.catalog().delete("a", true);
        server.awaitEnd(domain.packages().importFromFolder("a-1.csvm"));
    }

    private static void check(TestCloudlet cloudlet, String where) {
        await().atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> {
                    List<Service> services = cloudlet.domain().catalog().list();
                    assertThat(names(cloudlet.folder)).as(where).isIn(Set.of(), Set.of("a-1.csvm", "a-1.template"));
                    assertThat(names(cloudlet.directory().uploads())).as(where).isEmpty();
                    assertThat(names(cloudlet.directory().images())).as(where).hasSameSizeAs(services);
                    assertThat(cloudlet.machines()).as(where).hasSizeLessThanOrEqualTo(services.size());
                    assertThat(cloudlet.world.templateKeys()).as(where).hasSameSizeAs(services);
                    assertThat(services).as(where).allSatisfy(service -> assertThat(
                                    cloudlet.domain().images().versions(service.serviceId()))
                            .extracting(ImageVersion::template)
                            .containsExactly(TemplateState.READY));
                    assertThat(cloudlet.domain().operations().list())
                            .allSatisfy(operation ->
                                    assertThat(operation.state().ended()).isTrue());
                });
        if (names(cloudlet.folder).isEmpty()
                || !cloudlet.domain().catalog().list().isEmpty()) {
            return;
        }
        Operation back = cloudlet.domain().packages().importFromFolder("a-1.csvm");
        assertThat(cloudlet.domain().operations().await(back.id(), PATIENCE).log())
                .as(where)
                .anyMatch(line -> line.contains("came with it and is used"));
    }

    private static Set<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(name -> !name.startsWith("source"))
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
