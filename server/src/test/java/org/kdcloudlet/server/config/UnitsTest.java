package org.kdcloudlet.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {
    @ParameterizedTest
    @CsvSource({"500ms,500", "30s,30000", "15m,900000", "2h,7200000", "1d,86400000", "0s,0"})
    void readsAndWritesDurations(String text, long millis) {
        assertThat(Units.duration(text)).contains(Duration.ofMillis(millis));
        assertThat(Units.format(Duration.ofMillis(millis))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"1B,1", "512MiB,536870912", "64GiB,68719476736", "2TiB,2199023255552", "3KiB,3072"})
    void readsAndWritesSizes(String text, long bytes) {
        assertThat(Units.size(text)).contains(bytes);
        assertThat(Units.format(bytes)).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "s", "-1s", "1.5h", "5 weeks", "5S", "1MB", "99999999999999s", "999999999999TiB"})
    void refusesWhatHasNoUnitOrIsNoWholeNumber(String text) {
        assertThat(Units.duration(text)).isEmpty();
        assertThat(Units.size(text)).isEmpty();
    }
}
