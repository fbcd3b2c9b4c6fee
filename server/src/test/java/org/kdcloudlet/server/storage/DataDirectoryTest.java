package org.kdcloudlet.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.kdcloudlet.server.Refusals.refused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Who gets the data directory, and what is said when it cannot be used. */
class DataDirectoryTest {
    @TempDir
    private Path folder;

    @Test
    void isMadeWithItsFoldersAndRights() throws IOException {
        try (DataDirectory directory = DataDirectory.open(folder.resolve("new/data"))) {
            assertThat(directory.images()).isDirectory();
            assertThat(directory.machines()).isDirectory();
            assertThat(directory.uploads()).isEmptyDirectory();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.root())))
                    .isEqualTo("rwx--x--x");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.uploads())))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void theSecondServerOfThisProcessIsRefused() {
        try (DataDirectory first = DataDirectory.open(folder)) {
            CloudletException refusal = refused(ErrorCode.STORAGE_UNUSABLE, () -> DataDirectory.open(folder));
            assertThat(refusal.getMessage())
                    .contains(Long.toString(ProcessHandle.current().pid()));
            assertThat(first.root()).isEqualTo(folder);
        }
        DataDirectory.open(folder).close();
    }

    @Test
    void theServerOfAnotherProcessKeepsItUntilItDies() throws Exception {
        Process other = ChildJvm.start(HoldDataDirectory.class, folder.toString());
        try {
            ChildJvm.awaitLine(other, "held");
            CloudletException refusal = refused(ErrorCode.STORAGE_UNUSABLE, () -> DataDirectory.open(folder));
            assertThat(refusal.getMessage()).contains("process " + other.pid());
        } finally {
            other.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
        }
        DataDirectory.open(folder).close();
    }

    /** Holds a data directory until it is killed. */
    static final class HoldDataDirectory {
        public static void main(String[] arguments) throws IOException {
            try (DataDirectory directory = DataDirectory.open(Path.of(arguments[0]))) {
                System.out.println("held");
                int unused = System.in.read();
                assertThat(directory.root()).exists();
            }
        }
    }

    @Test
    void aReadOnlyOneIsRefusedClearly() throws Exception {
        try (TemporaryMount mount = TemporaryMount.of(folder, "1m")) {
            assumeTrue(mount.mounted(), "mounting takes root");
            mount.remount("ro");
            CloudletException refusal = refused(ErrorCode.STORAGE_UNUSABLE, () -> DataDirectory.open(mount.path()));
            assertThat(refusal.getMessage()).contains(mount.path().toString()).containsIgnoringCase("read-only");
        }
    }

    @Test
    void aFullOneIsRefusedClearly() throws Exception {
        try (TemporaryMount mount = TemporaryMount.of(folder, "64k")) {
            assumeTrue(mount.mounted(), "mounting takes root");
            mount.fill();
            refused(ErrorCode.STORAGE_FULL, () -> DataDirectory.open(mount.path()));
        }
    }

    @Test
    void aFileInItsPlaceIsRefusedClearly() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        CloudletException refusal = refused(ErrorCode.STORAGE_UNUSABLE, () -> DataDirectory.open(file));
        assertThat(refusal.getMessage()).contains(file.toString());
    }
}
