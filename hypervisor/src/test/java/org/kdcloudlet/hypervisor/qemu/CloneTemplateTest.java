package org.kdcloudlet.hypervisor.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Machine;
import org.kdcloudlet.hypervisor.MachineRequest;
import org.kdcloudlet.hypervisor.MachineState;
import org.kdcloudlet.hypervisor.NetworkAccess;
import org.kdcloudlet.hypervisor.StopPolicy;
import org.kdcloudlet.hypervisor.Template;

@ExtendWith(SharedLab.class)
class CloneTemplateTest {
    private final QemuLab lab;
    private final Template template;

    CloneTemplateTest(QemuLab lab) {
        this.lab = lab;
        this.template = lab.template();
    }

    @Test
    void theTemplateIsFoundByTheKeyOfImageAndMachine() {
        assertThat(template.key()).isEqualTo(lab.hypervisor().templateKey(lab.image(), QemuLab.SPEC));
        assertThat(lab.hypervisor().template(template.key())).contains(template);
        assertThat(lab.hypervisor().templates()).contains(template);
        assertThat(template.diskBytes()).isBetween(20L << 20, 400L << 20);
    }

    @Test
    void theTemplateKnowsThatItsGuestHasTheIdentityService() throws IOException {
        assertThat(templateFile("template.json")).content().contains("IDENTITY_SERVICE");
    }

    @Test
    void twoClonesHaveMemoryRandomnessAndNamesOfTheirOwnAndTheRightTime() {
        Machine one = ready(lab.clone(template));
        Machine other = ready(lab.clone(template));

        JsonNode first = lab.inspectWithTime(one);
        JsonNode second = lab.inspectWithTime(other);

        for (String own : List.of("random", "host", "machine_id", "mac")) {
            assertThat(first.path(own).asText())
                    .as(own)
                    .isNotBlank()
                    .isNotEqualTo(second.path(own).asText());
        }
        assertThat(first.path("host").asText()).isEqualTo(one.request().hostName());
        assertThat(first.path("machine_id").asText())
                .isEqualTo(one.id().toString().replace("-", ""));
        assertThat(first.path("mac").asText()).isEqualTo(MachineIdentity.macAddress(one.id()));
        assertThat(servedMeanwhile(one, first, 20)).isGreaterThanOrEqualTo(20);
        // Whatever probe is answered late.
        assertThat(servedMeanwhile(other, second, 1)).isLessThan(20);
        stop(one, other);
    }

    /** How many answers a guest gave since it said the earlier one, with these. */
    private int servedMeanwhile(Machine machine, JsonNode earlier, int answers) {
        JsonNode now = earlier;
        for (int i = 0; i < answers; i++) {
            now = lab.inspect(machine);
        }
        return now.path("served").asInt() - earlier.path("served").asInt();
    }

    @Test
    void theTemplateDoesNotChangeUnderItsClones() throws IOException {
        Path memory = templateFile(MachineFolder.MEMORY);
        String before = QemuLab.sha256(memory);
        Machine one = ready(lab.clone(template));
        lab.inspect(one);
        stop(one);
        assertThat(QemuLab.sha256(memory)).isEqualTo(before);
    }

    @Test
    void eightAtOnceAllServe() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        try {
            List<Future<Machine>> starts = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                starts.add(pool.submit(() -> ready(lab.clone(template))));
            }
            List<Machine> machines = new ArrayList<>();
            for (Future<Machine> start : starts) {
                machines.add(start.get());
            }
            assertThat(machines.stream()
                            .map(machine -> lab.inspect(machine).path("host").asText())
                            .collect(Collectors.toSet()))
                    .hasSize(8);
            machines.forEach(CloneTemplateTest::stop);
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void aTemplateWhoseMemoryWasWrittenToIsRefusedAndRemoved() throws IOException {
        Machine machine = lab.remember(lab.hypervisor().edit(QemuLab.request(), template));
        Template edited = lab.hypervisor().freeze(machine, QemuLab.READY, 0);
        Path memory =
                lab.folder().resolve("template").resolve(edited.key().value()).resolve(MachineFolder.MEMORY);
        try (FileChannel file = FileChannel.open(memory, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {1}), 12_345_678);
        }

        HypervisorException refused = catchThrowableOfType(
                HypervisorException.class, () -> lab.hypervisor().clone(QemuLab.request(), edited));

        assertThat(refused.error()).isEqualTo(HypervisorError.TEMPLATE_INVALID);
        assertThat(lab.hypervisor().template(edited.key())).isEmpty();
        assertThat(memory).doesNotExist();
        assertThat(lab.hypervisor().template(template.key())).contains(template);
    }

    @Test
    void anEditedTemplateHasWhatWasDoneInTheGuest() {
        Machine editing = lab.remember(lab.hypervisor().edit(QemuLab.request(), template));
        ready(editing);
        for (int i = 0; i < 50; i++) {
            lab.inspect(editing);
        }
        Template edited = lab.hypervisor().freeze(editing, QemuLab.READY, 0);
        assertThat(edited.key()).isNotEqualTo(template.key());
        assertThat(edited.image()).isEqualTo(template.image());

        Machine clone = ready(lab.clone(edited));
        assertThat(lab.inspect(clone).path("served").asInt()).isGreaterThan(50);
        stop(clone);
        lab.hypervisor().remove(edited);
        assertThat(lab.hypervisor().template(edited.key())).isEmpty();
    }

    @Test
    void clonesGoOnWhenTheirTemplateIsRemoved() {
        Machine editing = lab.remember(lab.hypervisor().edit(QemuLab.request(), template));
        Template edited = lab.hypervisor().freeze(editing, QemuLab.READY, 0);
        Machine clone = ready(lab.clone(edited));
        lab.hypervisor().remove(edited);
        assertThat(lab.inspect(clone).path("host").asText())
                .isEqualTo(clone.request().hostName());
        stop(clone);
    }

    @Test
    void aBusyPortOfTheRangeIsPassedOver() throws IOException {
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = Math.min(busy.getLocalPort(), 65_530);
            MachineRequest request = QemuLab.request(QemuLab.SPEC, NetworkAccess.NONE, QemuLab.ports(port, port + 5));
            Machine clone = ready(lab.remember(lab.hypervisor().clone(request, template)));
            assertThat(clone.forwards()).hasSize(2).allMatch(forward -> forward.hostPort() != busy.getLocalPort());
            stop(clone);
        }
    }

    @Test
    void aRangeThatIsUsedUpIsSaidSoAndNothingStays() throws IOException {
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = busy.getLocalPort();
            MachineRequest request = QemuLab.request(QemuLab.SPEC, NetworkAccess.NONE, QemuLab.ports(port, port));
            HypervisorException refused = catchThrowableOfType(
                    HypervisorException.class, () -> lab.hypervisor().clone(request, template));
            assertThat(refused.error()).isEqualTo(HypervisorError.PORTS_EXHAUSTED);
            assertThat(lab.machineFolder(request.id()).path()).doesNotExist();
        }
    }

    @Test
    void stoppingRemovesProcessAndFolder() {
        Machine clone = ready(lab.clone(template));
        ProcessHandle process = lab.process(clone);
        clone.stop(StopPolicy.KILL);
        assertThat(process.isAlive()).isFalse();
        assertThat(lab.machineFolder(clone.id()).path()).doesNotExist();
        clone.stop(StopPolicy.KILL);
    }

    @Test
    void aPausedCloneIsResumedWithTheRightTime() {
        Machine clone = ready(lab.clone(template));
        clone.pause();
        assertThat(clone.state()).isEqualTo(MachineState.PAUSED);
        clone.resume();
        assertThat(clone.state()).isEqualTo(MachineState.RUNNING);
        lab.inspectWithTime(clone);
        stop(clone);
    }

    private Path templateFile(String name) {
        return lab.folder().resolve("template").resolve(template.key().value()).resolve(name);
    }

    private static Machine ready(Machine machine) {
        machine.awaitReady(QemuLab.READY);
        return machine;
    }

    private static void stop(Machine... machines) {
        Stream.of(machines).forEach(machine -> machine.stop(StopPolicy.KILL));
    }
}
