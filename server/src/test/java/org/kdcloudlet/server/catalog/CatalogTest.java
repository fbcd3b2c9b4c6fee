package org.kdcloudlet.server.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kdcloudlet.server.Refusals.refused;
import static org.kdcloudlet.server.TestCloudlet.PATIENCE;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Adding, finding, editing and removing services. */
class CatalogTest {
    @TempDir
    private Path folder;

    private TestCloudlet cloudlet;

    @BeforeEach
    void open() {
        cloudlet = TestCloudlet.open(folder);
    }

    @AfterEach
    void close() {
        cloudlet.close();
    }

    private Catalog catalog() {
        return cloudlet.domain().catalog();
    }

    @Test
    void servicesAreKeptAndSorted() {
        Service b = catalog().add(service("b").build());
        Service a = catalog().add(service("a").build());

        assertThat(a.id()).matches("[0-9a-f]{24}").isNotEqualTo(b.id());
        assertThat(catalog().list()).containsExactly(a, b);
        cloudlet.restart();
        assertThat(catalog().list()).containsExactly(a, b);
        assertThat(catalog().find("a")).contains(a);
        assertThat(catalog().byId(b.id())).contains(b);
        assertThat(catalog().find("c")).isEmpty();
        assertThat(catalog().find("A")).as("ids are what they are").isEmpty();
    }

    @Test
    void anIdIsTakenOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Boolean>> adding = IntStream.range(0, 16)
                    .mapToObj(i -> threads.submit(this::addA))
                    .toList();
            int added = 0;
            for (Future<Boolean> one : adding) {
                added += one.get(PATIENCE.toSeconds(), TimeUnit.SECONDS) ? 1 : 0;
            }
            assertThat(added).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
        assertThat(catalog().list()).hasSize(1);
    }

    private boolean addA() {
        try {
            catalog().add(service("a").build());
            return true;
        } catch (CloudletException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.SERVICE_EXISTS);
            return false;
        }
    }

    @Test
    void editsAreKeptAndMayChangeTheId() {
        Service before = catalog().add(service("a").build());
        catalog().add(service("b").build());
        long revision = catalog().revision();

        refused(ErrorCode.SERVICE_EXISTS, () -> catalog().edit("a", service("b").build()));
        refused(ErrorCode.SERVICE_UNKNOWN, () -> catalog()
                .edit("x", service("x").build()));
        assertThat(catalog().revision()).isEqualTo(revision);
        Service after = catalog().edit("a", service("c").description("new").build());

        assertThat(after.id()).isEqualTo(before.id());
        assertThat(after.modified()).isAfter(before.modified());
        assertThat(catalog().find("a")).isEmpty();
        assertThat(catalog().revision()).isNotEqualTo(revision);
        cloudlet.restart();
        assertThat(catalog().get("c")).isEqualTo(after);
    }

    @Test
    void aRemovedServiceLeavesNothing() {
        cloudlet.serve(service("a"));
        catalog().delete("a", false);

        refused(ErrorCode.SERVICE_UNKNOWN, () -> catalog().delete("a", false));
        assertThat(catalog().list()).isEmpty();
        org.awaitility.Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(cloudlet.directory().images()).isEmptyDirectory());
        Service again = catalog().add(service("a").build());
        assertThat(again.imageVersion()).isEqualTo(Optional.empty());
        assertThat(cloudlet.domain().images().versions("a")).isEmpty();
    }
}
