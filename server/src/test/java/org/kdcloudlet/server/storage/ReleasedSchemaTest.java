package org.kdcloudlet.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What was released is not changed any more: databases were made by it. A new change of the schema is a new file. */
class ReleasedSchemaTest {
    @ParameterizedTest
    @CsvSource({
        "V1__begin.sql, a7dcd2a8c0cc09a1b34b63c1ce793c57dfe20376f44ad34a08ffa87cd44d95e8",
        "V2__apps.sql, 0f410f81fd38dfca0e063d2917e9f9ce9eb8c9b11cfa5d9b242c082f8b3aa2c7",
        "V3__accounts.sql, 0d332d0efa1f56b1801a4ab2f4df71ba9968e516365b44649508b75b31d42528",
    })
    void aReleasedMigrationIsNotChanged(String name, String sha256) throws IOException, NoSuchAlgorithmException {
        try (InputStream file = Schema.class.getResourceAsStream("migrations/" + name)) {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(file.readAllBytes());
            assertThat(HexFormat.of().formatHex(digest)).isEqualTo(sha256);
        }
    }
}
