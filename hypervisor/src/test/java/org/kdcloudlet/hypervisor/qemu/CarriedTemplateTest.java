package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kdcloudlet.hypervisor.CarriedTemplate;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.hypervisor.TemplateFiles;
import org.kdcloudlet.hypervisor.TemplateKey;

/** A template leaves the hypervisor as files and comes back; what is not one is not taken. */
@ExtendWith(SharedLab.class)
class CarriedTemplateTest {
    private final QemuLab lab;
    private final Template template;
    private Path folder;
    private CarriedTemplate carried;

    CarriedTemplateTest(QemuLab lab) {
        this.lab = lab;
        this.template = lab.template();
    }

    @BeforeEach
    void carryAway() throws IOException {
        folder = Files.createTempDirectory(lab.folder(), "carried");
        Map<String, Path> files = new HashMap<>();
        try (TemplateFiles opened = lab.hypervisor().open(template)) {
            for (TemplateFiles.Content file : opened.contents()) {
                Path copy = folder.resolve(file.name() + ".copy");
                Files.copy(Channels.newInputStream(file.content()), copy);
                files.put(file.name(), copy);
            }
            opened.requireUnchanged();
            carried = new CarriedTemplate(template.key(), template.spec(), opened.description(), files);
        }
    }

    private void assertNothingIsLeft() throws IOException {
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
        Files.delete(folder);
        try (Stream<Path> left = Files.list(lab.folder().resolve("template"))) {
            assertThat(left).noneMatch(file -> file.getFileName().toString().contains("-"));
        }
    }

    @Test
    void aTemplateThatComesBackIsClonedAsBefore() throws IOException {
        try (TemplateFiles opened = lab.hypervisor().open(template)) {
            lab.hypervisor().remove(template);
            assertThat(opened.contents())
                    .allSatisfy(file -> assertThat(file.content().size())
                            .isEqualTo(Files.size(carried.files().get(file.name()))));
            assertThat(catchThrowableOfType(HypervisorException.class, opened::requireUnchanged)
                            .error())
                    .isEqualTo(HypervisorError.TEMPLATE_INVALID);
        }

        Template back = lab.hypervisor().take(carried, lab.image());

        assertThat(back.key()).isEqualTo(template.key());
        assertThat(lab.hypervisor().template(template.key())).contains(back);
        assertNothingIsLeft();
        Machine machine = lab.clone(back);
        machine.awaitReady(QemuLab.READY);
        assertThat(lab.inspect(machine).path("host").asText())
                .isEqualTo(machine.request().hostName());
        machine.stop(StopPolicy.KILL);
    }

    @Test
    void whatIsOfAnotherImageOrMachineIsNotTaken() throws IOException {
        MachineSpec spec = template.spec();
        MachineSpec other =
                new MachineSpec(spec.memoryMib() * 2, spec.cpus(), spec.osFamily(), spec.firmware(), spec.deviceSet());
        assertRefused(
                was -> new CarriedTemplate(new TemplateKey("0".repeat(64)), spec, was.description(), was.files()));
        carryAway();
        assertRefused(was -> new CarriedTemplate(was.key(), other, was.description(), was.files()));
        carryAway();
        TemplateKey key = lab.hypervisor().templateKey(lab.image(), other);
        assertRefused(was -> new CarriedTemplate(key, other, was.description(), was.files()));
    }

    @Test
    void whatHasOtherFilesIsNotTaken() throws IOException {
        assertRefused(was -> withDescription(was, "{}"));
        carryAway();
        assertRefused(was -> withDescription(was, "{\"version\": 1, \"guestTools\": \"NONE\"}"));
        carryAway();
        assertRefused(was -> {
            Map<String, Path> files = new HashMap<>(was.files());
            files.put("../mem", files.remove(MachineFolder.MEMORY));
            return new CarriedTemplate(was.key(), was.spec(), was.description(), files);
        });
        carryAway();
        Path memory = carried.files().get(MachineFolder.MEMORY);
        try (RandomAccessFile file = new RandomAccessFile(memory.toFile(), "rw")) {
            file.setLength(file.length() - 1);
        }
        assertRefused(was -> was);
        carryAway();
        Files.delete(carried.files().get(TemplateStore.STATE));
        Files.createSymbolicLink(carried.files().get(TemplateStore.STATE), Path.of("/etc/passwd"));
        assertRefused(was -> was);
    }

    private static CarriedTemplate withDescription(CarriedTemplate was, String description) {
        return new CarriedTemplate(was.key(), was.spec(), description, was.files());
    }

    private void assertRefused(UnaryOperator<CarriedTemplate> change) throws IOException {
        HypervisorException refused = catchThrowableOfType(
                HypervisorException.class, () -> lab.hypervisor().take(change.apply(carried), lab.image()));
        assertThat(refused.error()).isEqualTo(HypervisorError.TEMPLATE_INVALID);
        assertNothingIsLeft();
        assertThat(lab.hypervisor().template(template.key())).isPresent();
    }
}
