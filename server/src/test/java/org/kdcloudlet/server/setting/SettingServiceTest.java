package org.kdcloudlet.server.setting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kdcloudlet.server.Refusals.refused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kdcloudlet.server.FakeClock;
import org.kdcloudlet.server.config.LoadedConfiguration;
import org.kdcloudlet.server.config.SettingValue.Origin;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.storage.Database;

class SettingServiceTest {
    @TempDir
    private Path folder;

    private Path file;
    private Database database;
    private SettingService settings;

    @BeforeEach
    void open() throws IOException {
        file = Files.writeString(folder.resolve("cloudlet.toml"), """
                [instances]
                # Few, for it is small.
                max = 7
                """);
        database = Database.open(folder.resolve("test.sqlite"));
        settings = load(Map.of());
    }

    private SettingService load(Map<String, Object> options) {
        return new SettingService(
                LoadedConfiguration.load(Optional.of(file), Map.of("server.data", "/srv/of-the-environment"), options),
                database,
                new FakeClock());
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void eachValueSaysWhereItComesFrom() {
        SettingService all = load(Map.of("device-api.port", 1234));
        assertThat(all.get("instances.max").value())
                .returns("7", value -> value.value())
                .returns(Origin.FILE, value -> value.origin())
                .returns(file + ":3", value -> value.place());
        assertThat(all.get("server.data").value().origin()).isEqualTo(Origin.ENVIRONMENT);
        assertThat(all.get("device-api.port").value())
                .returns("1234", value -> value.value())
                .returns(Origin.COMMAND_LINE, value -> value.origin());
        assertThat(all.get("instances.idle-timeout").value())
                .returns("30m", value -> value.value())
                .returns(Origin.DEFAULT, value -> value.origin());
        assertThat(all.list()).allSatisfy(shown -> assertThat(shown.meaning()).isNotBlank());
    }

    @Test
    void aChangeHoldsAtOnceAndOverRestartsUntilItIsReset() {
        List<String> told = new ArrayList<>();
        settings.listen(change -> told.add(change.sentence()));
        settings.change("instances.max", " 9 ", "ada");
        assertThat(settings.current().instances().maxInstances()).isEqualTo(9);
        assertThat(settings.get("instances.max").value().origin()).isEqualTo(Origin.LIVE);
        settings.change("images.max-file-size", "2GiB", "ada");
        settings.change("discovery.advertise", "false", "ada");
        settings.change("instances.idle-timeout", "0s", "ada");

        SettingService next = load(Map.of());
        assertThat(next.current().instances().maxInstances()).isEqualTo(9);
        assertThat(next.current().images().imageLimits().maxFileBytes()).isEqualTo(2L << 30);
        assertThat(next.current().discovery().advertise()).isFalse();
        assertThat(next.current().instances().idleTimeout()).isEqualTo(Duration.ZERO);
        assertThat(next.get("instances.max").live())
                .hasValueSatisfying(live -> assertThat(live.by()).isEqualTo("ada"));
        assertThat(next.reset("instances.max").value())
                .returns("7", value -> value.value())
                .returns(Origin.FILE, value -> value.origin());
        next.reset("instances.max");
        assertThat(load(Map.of()).current().instances().maxInstances()).isEqualTo(7);
        settings.reset("logging.level");
        assertThat(told)
                .containsExactly(
                        "instances.max was set to 9 by ada",
                        "images.max-file-size was set to 2GiB by ada",
                        "discovery.advertise was set to false by ada",
                        "instances.idle-timeout was set to 0s by ada");
    }

    @ParameterizedTest
    @CsvSource({
        "instances.max, 0, must be a whole number from 1 to 10000",
        "instances.max, 10001, must be a whole number from 1 to 10000",
        "instances.max, 99999999999999999999999, must be a whole number from 1 to 10000",
        "instances.max, 1.5, must be a whole number from 1 to 10000",
        "instances.max, many, must be a whole number from 1 to 10000",
        "instances.max, '', must be a whole number from 1 to 10000",
        "instances.max, 0x10, must be a whole number from 1 to 10000",
        "instances.idle-timeout, 30, must be a duration with its unit",
        "instances.idle-timeout, -1s, must be a duration with its unit",
        "images.max-file-size, 1KiB, must be a size with its unit",
        "images.max-file-size, 999999999999TiB, must be a size with its unit",
        "discovery.advertise, maybe, must be true or false",
        "logging.level, <b>, must be one of",
    })
    void aValueThatTheFileCouldNotHaveIsRefusedByTheSameRule(String key, String text, String rule) {
        CloudletException refusal = refused(ErrorCode.INVALID_VALUE, () -> settings.change(key, text, "ada"));
        assertThat(refusal).hasMessageStartingWith(key + " " + rule);
        assertThat(refusal.details().toString()).contains(key, rule);
        assertThat(settings.get(key).live()).isEmpty();
        assertThat(load(Map.of()).get(key).live()).isEmpty();
    }

    @Test
    void whatIsReadAtTheStartOnlyIsNotChanged() {
        for (String key : List.of("device-api.port", "server.data", "packages.export-folder", "manager.key")) {
            assertThat(refused(ErrorCode.SETTING_FIXED, () -> settings.change(key, "1", "ada")))
                    .hasMessageContaining("start");
            refused(ErrorCode.SETTING_FIXED, () -> settings.reset(key));
        }
        refused(ErrorCode.SETTING_UNKNOWN, () -> settings.change("instances.most", "1", "ada"));
        refused(ErrorCode.SETTING_UNKNOWN, () -> settings.reset("../../etc"));
        refused(ErrorCode.INVALID_VALUE, () -> settings.change("instances.max", "1".repeat(100_000), "ada"));
    }

    @Test
    void whatDoesNotFitAnyMoreIsLeftAlone() {
        database.change(handle -> {
            handle.execute("INSERT INTO settings VALUES ('instances.max', '1000000', 'ada', 0)");
            handle.execute("INSERT INTO settings VALUES ('instances.gone', '1', 'ada', 0)");
            handle.execute("INSERT INTO settings VALUES ('device-api.port', '1', 'ada', 0)");
            handle.execute("INSERT INTO settings VALUES ('instances.max-failed', '3', 'ada', 0)");
        });
        SettingService next = load(Map.of());
        assertThat(next.current().instances().maxInstances()).isEqualTo(7);
        assertThat(next.current().deviceApi().port()).isEqualTo(9999);
        assertThat(next.current().instances().maxFailed()).isEqualTo(3);
    }

    @Test
    void ofChangesAtOnceAllHoldAndTheRecordSaysTheLast() throws Exception {
        List<String> keys =
                List.of("instances.max", "instances.max-failed", "images.keep-versions", "limits.request-burst");
        ExecutorService many = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> changes = new ArrayList<>();
            for (int change = 1; change <= 100; change++) {
                String key = keys.get(change % keys.size());
                String text = Integer.toString(change);
                changes.add(many.submit(() -> settings.change(key, text, "ada")));
            }
            for (Future<?> change : changes) {
                change.get();
            }
        } finally {
            many.shutdownNow();
        }
        SettingService next = load(Map.of());
        for (String key : keys) {
            assertThat(next.get(key).value()).isEqualTo(settings.get(key).value());
            assertThat(next.get(key).value().origin()).isEqualTo(Origin.LIVE);
        }
    }
}
