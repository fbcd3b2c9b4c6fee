package org.kdcloudlet.server.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.fuzzing.Fuzzing;
import org.kdcloudlet.fuzzing.Mutations;
import org.kdcloudlet.hypervisor.CarriedTemplate;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.Firmware;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.OsFamily;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.server.JsonMutations;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** Templates from elsewhere: whatever they are made of, what is taken is what was sealed, and nothing is left of the rest. */
class TemplateFuzzTest {
    private static final MachineSpec SPEC = new MachineSpec(256, 1, OsFamily.LINUX, Firmware.BIOS, DeviceSet.VIRTIO);
    private static final String KEY = "1".repeat(64);
    private static final String IMAGE = "2".repeat(64);
    private static final byte[] STATE = "state".repeat(50).getBytes(StandardCharsets.UTF_8);
    private static final byte[] MEMORY = "memory".repeat(300).getBytes(StandardCharsets.UTF_8);
    private static final String MANIFEST = "{\"format\": \"kdcloudlet-template\", \"version\": 1, \"key\": \"" + KEY
            + "\", \"image\": \"" + IMAGE + "\", \"host\": \"QEMU\", \"description\": \"{}\", \"files\": ["
            + TestTemplate.line("state", STATE) + ", " + TestTemplate.line("mem", MEMORY) + "]}";

    @TempDir
    private Path folder;

    private Path work;
    private ExportKeys keys;

    @BeforeEach
    void makeFolders() throws IOException {
        work = Files.createDirectory(folder.resolve("work"));
        keys = new ExportKeys(Files.createDirectory(folder.resolve("keys")));
    }

    private byte[] archive() {
        byte[] text = MANIFEST.getBytes(StandardCharsets.UTF_8);
        return new TestPackage()
                .member(TemplateManifest.NAME, text)
                .member(TemplateManifest.SEAL, keys.seal(text).getBytes(StandardCharsets.US_ASCII))
                .member("state", STATE)
                .member("mem", MEMORY)
                .tar();
    }

    @Test
    void whateverTheArchiveWhatIsTakenIsWhatWasSealed() {
        Mutations archives = Mutations.of(List.of(archive()))
                .words("../", "/", "manifest.json", "manifest.hmac", "mem", "state", "ustar", "0000777\0");
        Fuzzing.of(TemplateFuzzTest.class, "template-archive")
                .run(archives::next, bytes -> {
                    Path file = Files.write(folder.resolve("template"), TestTemplate.packed(bytes));
                    boolean accepted = isAccepted(file);
                    try (Stream<Path> left = Files.list(work)) {
                        assertThat(left).isEmpty();
                    }
                    return accepted;
                })
                .requireBoth();
    }

    private boolean isAccepted(Path file) throws IOException {
        TemplateReader.Wanted wanted =
                new TemplateReader.Wanted(new TemplateKey(KEY), IMAGE, SPEC, "QEMU", () -> 1L << 30);
        try {
            CarriedTemplate read = TemplateReader.read(file, keys, wanted, work, Progress.NONE);
            assertThat(read.files().keySet()).containsExactlyInAnyOrder("state", "mem");
            assertThat(taken(read.files(), "state")).isEqualTo(STATE);
            assertThat(taken(read.files(), "mem")).isEqualTo(MEMORY);
            return true;
        } catch (CloudletException refused) {
            assertThat(refused.code()).as(refused.getMessage()).isEqualTo(ErrorCode.PACKAGE_INVALID);
            return false;
        }
    }

    private static byte[] taken(Map<String, Path> files, String name) {
        try {
            byte[] content = Files.readAllBytes(files.get(name));
            Files.delete(files.get(name));
            return content;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void whateverASealedManifestSaysItIsOneOrRefused() {
        JsonMutations manifests = new JsonMutations(
                MANIFEST, "format", "kdcloudlet-template", "key", "image", "files", "name", "bytes", "sha256", "..");
        Fuzzing.of(TemplateFuzzTest.class, "template-manifest")
                .run(manifests, bytes -> {
                    try {
                        TemplateManifest manifest = TemplateManifest.parse(bytes);
                        assertThat(manifest.bytes()).isNotNegative();
                        assertThat(manifest.members())
                                .isNotEmpty()
                                .hasSizeLessThanOrEqualTo(16)
                                .allSatisfy(member -> {
                                    assertThat(member.name()).matches("[a-z0-9]+(\\.[a-z0-9]+)?");
                                    assertThat(member.bytes()).isNotNegative();
                                });
                        assertThat(TemplateManifest.parse(manifest.write())).isEqualTo(manifest);
                        return true;
                    } catch (CloudletException refused) {
                        assertThat(refused.code()).isEqualTo(ErrorCode.PACKAGE_INVALID);
                        return false;
                    }
                })
                .requireBoth();
    }
}
