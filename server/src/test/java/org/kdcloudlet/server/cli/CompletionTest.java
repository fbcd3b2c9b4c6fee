package org.kdcloudlet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The script of {@code completion}, run by a real bash as it does when somebody presses Tab. */
@Timeout(60)
class CompletionTest {
    @TempDir
    private Path folder;

    private Path script;

    @BeforeEach
    void print() throws IOException {
        CommandRun printed = CommandRun.of(List.of("completion", "bash"));
        assertThat(printed.status()).as("%s", printed).isZero();
        script = Files.writeString(folder.resolve("completion"), printed.out());
    }

    /** What bash offers for a line, whose last word is begun. */
    private List<String> complete(String line) throws IOException, InterruptedException {
        Path program = Files.writeString(folder.resolve("press-tab"), """
                . "$1"
                COMP_WORDS=($2)
                [ "${2% }" = "$2" ] || COMP_WORDS+=('')
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                COMP_LINE=$2
                COMP_POINT=${#COMP_LINE}
                function=$(complete -p "${COMP_WORDS[0]##*/}" | sed 's/.*-F \\([^ ]*\\).*/\\1/')
                "$function" cloudlet "${COMP_WORDS[COMP_CWORD]}" ''
                printf '%s\\n' "${COMPREPLY[@]}"
                """);
        Process bash = new ProcessBuilder("bash", program.toString(), script.toString(), line)
                // The option of readline that it sets for file names is refused without a readline.
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String out = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(bash.exitValue()).as(out).isZero();
        return out.lines().map(String::strip).toList();
    }

    @Test
    void bashCompletesFileNames() throws Exception {
        String begun = folder.resolve("comple").toString();
        for (String option : List.of(
                "service list --token-file ",
                "run --config ",
                "status --data ",
                "service add x --image ",
                "user add x --password-file ",
                "image import x ")) {
            assertThat(complete("cloudlet " + option + begun)).as(option).containsExactly(script.toString());
        }
    }

    @Test
    void bashCompletesCommandsAndOptions() throws Exception {
        assertThat(complete("cloudlet ")).contains("service", "instance", "backup", "run", "user");
        assertThat(complete("cloudlet ser")).containsExactly("service");
        assertThat(complete("cloudlet service ex")).containsExactly("export");
        assertThat(complete("cloudlet backup create --im")).containsExactly("--images");
        assertThat(complete("cloudlet status --token")).containsExactly("--token-file");
        assertThat(complete("cloudlet run --api-")).contains("--api-port", "--api-address");
        assertThat(complete("cloudlet completion ")).contains("bash");
        assertThat(complete("./cloudlet ser")).containsExactly("service");
        assertThat(CommandRun.of(List.of("completion", "fish")).status()).isEqualTo(2);
    }
}
