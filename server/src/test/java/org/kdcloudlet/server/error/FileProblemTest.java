package org.kdcloudlet.server.error;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class FileProblemTest {
    @Test
    void theReasonIsSaid() {
        assertThat(of("/nowhere/file")).isEqualTo("there is no /nowhere/file");
        assertThat(of("/proc/version/file")).isEqualTo("Not a directory");
        assertThat(FileProblem.words(new AccessDeniedException("/file"))).isEqualTo("no permission for /file");
        assertThat(FileProblem.words(new IOException("in words"))).isEqualTo("in words");
    }

    private static String of(String file) {
        return FileProblem.words(catchThrowableOfType(IOException.class, () -> Files.readString(Path.of(file))));
    }
}
