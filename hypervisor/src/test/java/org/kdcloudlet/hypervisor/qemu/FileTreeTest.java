package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That what is removed is what was meant, whoever renames things meanwhile. */
class FileTreeTest {
    private static final int DEPTHS = 4;
    private static final int ROUNDS = 150;

    @TempDir
    private Path parent;

    @Test
    void aFolderIsRemovedWithAllThatIsInIt() throws IOException {
        Path folder = Files.createDirectories(parent.resolve("folder"));
        Path below = Files.createDirectories(folder.resolve("a/b/c"));
        Files.writeString(below.resolve("file"), "content");
        Files.writeString(folder.resolve("file"), "content");
        FileTree.remove(folder);
        assertThat(parent).isEmptyDirectory();
        FileTree.remove(folder);
    }

    @Test
    void aLinkIsRemovedAtAnyDepthAndWhatItLeadsToIsNot() throws IOException {
        Path treasure = treasure();
        for (int depth = 0; depth < DEPTHS; depth++) {
            Path folder = parent.resolve("folder");
            Path above = folder;
            for (int i = 0; i < depth; i++) {
                above = above.resolve("below");
            }
            Files.createDirectories(above.getParent());
            if (depth == 0) {
                Files.createSymbolicLink(folder, treasure);
            } else {
                Files.createSymbolicLink(above, treasure);
            }
            FileTree.remove(folder);
            assertThat(folder).doesNotExist();
            assertThat(treasure.resolve("file")).exists();
        }
    }

    @Test
    void aFolderThatIsExchangedForALinkMeanwhileIsNotFollowed() throws Exception {
        Path treasure = treasure();
        ExecutorService attacker = Executors.newSingleThreadExecutor();
        try {
            for (int i = 0; i < ROUNDS; i++) {
                Path folder = Files.createDirectory(parent.resolve("folder" + i));
                Path below = Files.createDirectory(folder.resolve("below"));
                Files.createFile(below.resolve("file"));
                Path link = Files.createSymbolicLink(parent.resolve("link" + i), treasure);
                AtomicBoolean stop = new AtomicBoolean();
                Future<?> exchanges = attacker.submit(() -> exchange(below, link, stop));
                removeDespite(folder);
                stop.set(true);
                exchanges.get(1, TimeUnit.MINUTES);
                assertThat(treasure.resolve("file")).as("round " + i).exists();
            }
        } finally {
            attacker.shutdownNow();
        }
    }

    @Test
    void whatIsRemovedMeanwhileKeepsNobodyFromMeasuring() throws Exception {
        Path folder = Files.createDirectory(parent.resolve("folder"));
        Files.write(folder.resolve("disk"), new byte[1000]);
        AtomicBoolean stop = new AtomicBoolean();
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            Future<?> removals = other.submit(() -> {
                while (!stop.get()) {
                    Files.delete(Files.createFile(folder.resolve("short-lived")));
                }
                return folder;
            });
            for (int i = 0; i < 20 * ROUNDS; i++) {
                assertThat(FileTree.ownBytes(folder)).isEqualTo(1000);
            }
            stop.set(true);
            removals.get(1, TimeUnit.MINUTES);
        } finally {
            stop.set(true);
            other.shutdown();
        }
    }

    @Test
    void aFolderIsTakenFromItsOwnerBeforeItsContentIsLookedAt() throws IOException {
        assumeTrue(MachineAccounts.canSwitchUser(), "only root may change owners");
        Path folder = parent.resolve("folder");
        Path deepest = folder;
        for (int i = 0; i < 40; i++) {
            deepest = deepest.resolve("d");
        }
        Files.createDirectories(deepest);
        Path below = folder.resolve("d");
        Files.setAttribute(below, "unix:uid", 12_345);
        assertThatThrownBy(() -> FileTree.remove(folder)).hasMessageContaining("nested deeper");
        assertThat(Files.getAttribute(below, "unix:uid")).isEqualTo(0);
    }

    private Path treasure() throws IOException {
        Path treasure = Files.createDirectory(parent.resolve("treasure"));
        Files.writeString(treasure.resolve("file"), "to be kept");
        return treasure;
    }

    /** Puts folder and link into each other's place again and again. */
    private static void exchange(Path folder, Path link, AtomicBoolean stop) {
        Path aside = link.resolveSibling("aside-" + link.getFileName());
        while (!stop.get()) {
            tryMove(folder, aside);
            tryMove(link, folder);
            tryMove(folder, link);
            tryMove(aside, folder);
        }
    }

    private static void tryMove(Path from, Path to) {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            // the folder is gone, or it is the other way round just now
        }
    }

    /** An attacker who is root, as in this test, can make it fail; more must not happen. */
    private static void removeDespite(Path folder) throws IOException {
        try {
            FileTree.remove(folder);
        } catch (IOException e) {
            assertThat(e).hasMessageContaining(folder.toString());
        }
    }
}
