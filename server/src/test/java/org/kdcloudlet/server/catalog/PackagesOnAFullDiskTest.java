package org.kdcloudlet.server.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationState;
import org.kdcloudlet.server.storage.TemporaryMount;

/** A package that is imported while the disk gets full: the host believes that there is room, and the disk has none. */
@Timeout(120)
class PackagesOnAFullDiskTest {
    private static final int DISK = 24 << 20;

    @TempDir
    private Path folder;

    private static Operation imported(TestCloudlet cloudlet, byte[] archive) throws IOException {
        Path upload = Files.write(cloudlet.directory().uploads().resolve("upload"), archive);
        Operation begun =
                cloudlet.domain().packages().importPackage(InputFile.removed(upload), Optional.empty(), "upload");
        return cloudlet.domain().operations().await(begun.id(), TestCloudlet.PATIENCE);
    }

    private static long files(Path where) throws IOException {
        try (Stream<Path> files = Files.list(where)) {
            return files.count();
        }
    }

    @Test
    void aDiskThatGetsFullInTheMiddleOfAnImportLeavesNothing() throws IOException {
        byte[] disk = new byte[DISK];
        Arrays.fill(disk, (byte) 1); // zeros would take no room
        byte[] archive = TestPackage.gzip(TestPackage.whole(TestPackage.DOCUMENT, disk, new byte[0]));
        try (TemporaryMount mount = TemporaryMount.of(folder, "16m")) {
            assumeTrue(mount.mounted(), "mounting takes root");
            try (TestCloudlet cloudlet = TestCloudlet.open(mount.path())) {
                cloudlet.serve(TestCloudlet.service("other"));
                long before = files(cloudlet.directory().images());
                Operation failed = imported(cloudlet, archive);
                assertThat(failed.state()).isEqualTo(OperationState.FAILED);
                assertThat(failed.error())
                        .hasValueSatisfying(error -> assertThat(error.code()).isEqualTo(ErrorCode.STORAGE_FULL));
                assertThat(cloudlet.domain().catalog().list())
                        .extracting(Service::serviceId)
                        .containsExactly("other");
                await().atMost(TestCloudlet.PATIENCE).untilAsserted(() -> {
                    assertThat(files(cloudlet.directory().uploads())).isZero();
                    assertThat(files(cloudlet.directory().images())).isEqualTo(before);
                });
                cloudlet.start("other");
                mount.remount("size=128m");
                assertThat(imported(cloudlet, archive).state()).isEqualTo(OperationState.SUCCEEDED);
            }
        }
    }
}
