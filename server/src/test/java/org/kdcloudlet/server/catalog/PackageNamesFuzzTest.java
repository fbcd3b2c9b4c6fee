package org.kdcloudlet.server.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.fuzzing.Fuzzing;
import org.kdcloudlet.fuzzing.Mutations;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Names of files that somebody asks for: nothing beyond the folder is ever named. */
class PackageNamesFuzzTest {
    @TempDir
    private Path folder;

    @Test
    void whateverTheNameNothingBeyondTheFolderIsRead() throws IOException {
        Path inside = Files.createDirectory(folder.resolve("packages"));
        Files.writeString(inside.resolve("speech.csvm"), "");
        Files.writeString(inside.resolve(".hidden.csvm"), "");
        Files.writeString(folder.resolve("outside.csvm"), "");
        Files.createSymbolicLink(inside.resolve("link.csvm"), folder.resolve("outside.csvm"));
        Files.createDirectory(inside.resolve("folder.csvm"));
        PackageFolders folders = new PackageFolders(new PackageSettings(Optional.of(inside), Optional.empty()));
        Mutations names = Mutations.of(
                        "speech.csvm",
                        "../outside.csvm",
                        "link.csvm",
                        "folder.csvm",
                        ".hidden.csvm",
                        inside + "/speech.csvm")
                .words("../", "..", "/", "\\", "%2f", "\u0000", "\u2044", "\u202e", "\r\n", "~");
        Fuzzing.of(PackageNamesFuzzTest.class, "package-names")
                .run(names, bytes -> {
                    try {
                        Path found = folders.toImport(new String(bytes, StandardCharsets.UTF_8));
                        assertThat(found).isEqualTo(inside.resolve("speech.csvm"));
                        return true;
                    } catch (CloudletException refused) {
                        assertThat(refused.code()).isEqualTo(ErrorCode.PACKAGE_INVALID);
                        return false;
                    }
                })
                .requireBoth();
    }
}
