package org.kdcloudlet.server.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ErrorCodeDocumentTest {
    @Test
    void theReferenceHasEachCodeWithItsStatusAndNoOther() throws IOException {
        Path reference = Path.of(System.getProperty("cloudlet.project")).resolve("docs/reference/admin-api.md");
        assertThat(Files.readAllLines(reference).stream()
                        .filter(line -> line.matches("\\| `[A-Z_]+` \\| [0-9]+ \\|.*"))
                        .map(line -> line.replaceFirst("\\| `([A-Z_]+)` \\| ([0-9]+) \\|.*", "$1 $2")))
                .containsExactlyElementsOf(Stream.of(ErrorCode.values())
                        .map(code -> code.name() + " " + code.status())
                        .toList());
    }
}
