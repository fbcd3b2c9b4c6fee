package org.kdcloudlet.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.fuzzing.Fuzzing;
import org.kdcloudlet.fuzzing.Mutations;

/** Whatever is in the file or set while the server runs, there is a configuration or the list of what is wrong with it. */
class ConfigurationFuzzTest {
    @TempDir
    private Path folder;

    @Test
    void whateverIsInTheFileThereIsAConfigurationOrTheProblems() {
        Mutations files = Mutations.of("""
                [server]
                name = "ridge"
                data = "/srv/cloudlet"
                [device-api]
                address = "127.0.0.1"
                host-names = ["cloudlet.example.org"]
                idle-timeout = "5s"
                [instances]
                max = 12
                first-port = 20000
                memory-reserve = "1GiB"
                [discovery]
                advertise = false
                """)
                .words(
                        "[",
                        "]",
                        "=",
                        "\"",
                        "\n",
                        "\"\"\"",
                        "[[",
                        "{",
                        "}",
                        ".",
                        "inf",
                        "1979-05-27",
                        "0x7f",
                        "-1",
                        "#",
                        "'");
        Fuzzing.of(ConfigurationFuzzTest.class, "configuration-file")
                .run(files, bytes -> {
                    Path file = Files.write(folder.resolve("cloudlet.toml"), bytes);
                    try {
                        LoadedConfiguration loaded = LoadedConfiguration.load(Optional.of(file), Map.of(), Map.of());
                        assertThat(loaded.values()).hasSameSizeAs(Configuration.settings());
                        return true;
                    } catch (ConfigurationException refused) {
                        assertThat(refused.problems()).isNotEmpty().allSatisfy(problem -> assertThat(problem)
                                .isNotBlank()
                                .doesNotContainPattern("\\p{Cntrl}"));
                        return false;
                    }
                })
                .requireBoth();
    }

    @Test
    void whateverIsSetItHoldsOrIsRefused() {
        LoadedConfiguration defaults = LoadedConfiguration.load(Optional.empty(), Map.of(), Map.of());
        String[] keys = Configuration.settings().stream()
                .filter(Setting::live)
                .map(Setting::key)
                .toArray(String[]::new);
        Mutations values = Mutations.of(
                        "12", "30m", "2GiB", "true", "false", "info", "0s", "999999999999TiB", "1000000")
                .words("-", "0", "GiB", "ms", " ", "e9", "\u00a0", "\u0661");
        Fuzzing.of(ConfigurationFuzzTest.class, "settings")
                .run(
                        random -> {
                            byte[] value = values.next(random);
                            byte[] input = new byte[value.length + 1];
                            input[0] = (byte) random.nextInt(keys.length);
                            System.arraycopy(value, 0, input, 1, value.length);
                            return input;
                        },
                        input -> {
                            String key = keys[input.length == 0 ? 0 : Byte.toUnsignedInt(input[0]) % keys.length];
                            String text =
                                    new String(input, StandardCharsets.UTF_8).substring(Math.min(1, input.length));
                            try {
                                LoadedConfiguration changed = defaults.with(Map.of(key, text));
                                assertThat(changed.values())
                                        .filteredOn(
                                                value -> value.setting().key().equals(key))
                                        .allMatch(value -> value.origin() == SettingValue.Origin.LIVE);
                                return true;
                            } catch (ConfigurationException refused) {
                                assertThat(refused.problems())
                                        .hasSize(1)
                                        .first()
                                        .asString()
                                        .startsWith(key + " must be ");
                                return false;
                            }
                        })
                .requireBoth();
    }
}
