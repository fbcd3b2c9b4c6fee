package org.kdcloudlet.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.TestCloudlet.PATIENCE;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.catalog.ImageVersion;
import org.kdcloudlet.server.catalog.Service;
import org.kdcloudlet.server.catalog.TemplateState;
import org.kdcloudlet.server.instance.Instance;
import org.kdcloudlet.server.instance.InstanceState;
import org.kdcloudlet.server.instance.Instances;
import org.kdcloudlet.server.operation.Operation;

/**
 * Kills the server before each of its calls of the hypervisor and each of its statements to the database, in turn, while it
 * does everything that it can do; then checks that the next server has all that was acknowledged, and that nothing is left over.
 */
class CrashTest {
    @TempDir
    private Path folder;

    /** What the clients of a cloudlet were told. */
    private static final class Client {
        private final TestCloudlet cloudlet;
        private final MortalServer process;
        private final Set<UUID> given = new HashSet<>();
        private final Set<UUID> stopped = new HashSet<>();
        private Optional<UUID> asked = Optional.empty();

        Client(TestCloudlet cloudlet, MortalServer process) {
            this.cloudlet = cloudlet;
            this.process = process;
        }

        void useEverything() {
            process.open();
            Service service = cloudlet.domain()
                    .catalog()
                    .add(service("a").numUsers(2).poolSize(1).build());
            importImage("first");
            UUID one = start(false);
            UUID two = start(false);
            start(true);
            Instances instances = cloudlet.domain().instances();
            isAsked(two);
            instances.suspend(two);
            instances.wake(two);
            awaitEnd(instances.snapshots().take(two, "kept"));
            awaitEnd(instances.snapshots().restore(two, "kept"));
            instances.snapshots().remove(two, "kept");
            instances.pause(two);
            isAsked(one);
            instances.remove(one);
            stopped.add(one);
            importImage("second");
            cloudlet.domain().images().use("a", 1);
            cloudlet.domain().images().remove("a", 2);
            cloudlet.domain()
                    .catalog()
                    .edit("a", service.definition().toBuilder().memoryMib(512).build());
            start(false);
            isAsked(two);
            instances.remove(two);
            stopped.add(two);
        }

        /** What is done to it next may be cut short. */
        private void isAsked(UUID instance) {
            asked = Optional.of(instance);
        }

        private UUID start(boolean join) {
            UUID id = (join ? cloudlet.join("a") : cloudlet.start("a")).id();
            given.add(id);
            return id;
        }

        private void importImage(String content) {
            awaitEnd(cloudlet.beginImport("a", content));
        }

        private void awaitEnd(Operation operation) {
            process.awaitEnd(operation);
        }
    }

    @BeforeEach
    void beQuiet() {
        MortalServer.beQuiet();
    }

    @AfterEach
    void beHeardAgain() {
        MortalServer.beHeardAgain();
    }

    @Test
    void killedAtAnyPointNothingIsLostOrLeft() throws IOException {
        int point = 1;
        boolean killed = true;
        while (killed) {
            try (TestCloudlet cloudlet = new TestCloudlet(Files.createDirectory(folder.resolve("killed-" + point)))) {
                Client client = new Client(cloudlet, new MortalServer(cloudlet, point));
                killed = client.process.isKilledIn(client::useEverything);
                client.process.die();
                // The next server may be killed while it puts things right, too.
                MortalServer.openAndDie(cloudlet, point);
                cloudlet.open();
                checkNothingIsLostOrLeft(point, client);
            }
            point++;
        }
        assertThat(point).as("calls and statements").isGreaterThan(50);
    }

    private void checkNothingIsLostOrLeft(int point, Client client) throws IOException {
        TestCloudlet cloudlet = client.cloudlet;
        await().atMost(PATIENCE)
                .pollInterval(java.time.Duration.ofMillis(10))
                .untilAsserted(() -> checkSettled(cloudlet));
        List<Instance> instances = cloudlet.domain().instances().list();
        String where = "killed before call " + (point + 1);
        for (UUID id : client.given) {
            boolean underWay = client.asked.equals(Optional.of(id));
            if (client.stopped.contains(id)) {
                assertThat(instances).as(where).extracting(Instance::id).doesNotContain(id);
            } else if (!underWay) {
                assertThat(instances).as(where).extracting(Instance::id).contains(id);
            }
        }
        assertThat(instances)
                .as(where)
                .extracting(Instance::state)
                .isSubsetOf(InstanceState.READY, InstanceState.PAUSED, InstanceState.SUSPENDED);
        assertThat(cloudlet.world.sleeping()).as(where).containsExactlyInAnyOrderElementsOf(idsOf(instances, true));
        cloudlet.start(cloudlet.domain().catalog().list().isEmpty() ? serve(cloudlet) : "a");
    }

    private static String serve(TestCloudlet cloudlet) {
        cloudlet.serve(service("a"));
        return "a";
    }

    private static void checkSettled(TestCloudlet cloudlet) throws IOException {
        Domain domain = cloudlet.domain();
        if (domain.catalog().list().stream()
                .anyMatch(service -> service.imageVersion().isEmpty())) {
            cloudlet.importImage("a", "third");
        }
        assertThat(domain.operations().list())
                .allSatisfy(operation -> assertThat(operation.state().ended()).isTrue());
        assertThat(domain.instances().pools())
                .allSatisfy(pool -> assertThat(pool.ready()).isEqualTo(pool.wanted()));
        List<Instance> instances = domain.instances().list();
        int waiting = domain.catalog().list().size();
        assertThat(cloudlet.machines()).hasSize(idsOf(instances, false).size() + waiting);
        assertThat(cloudlet.machines()).containsAll(idsOf(instances, false));
        assertThat(cloudlet.world.portsInUse()).hasSameSizeAs(cloudlet.machines());
        Set<String> contents = domain.catalog().list().stream()
                .flatMap(service -> domain.images().versions(service.serviceId()).stream())
                .map(ImageVersion::sha256)
                .collect(Collectors.toSet());
        assertThat(filesOf(cloudlet.directory().images())).isEqualTo(contents);
        assertThat(filesOf(cloudlet.directory().uploads())).isEmpty();
        for (Service service : domain.catalog().list()) {
            assertThat(domain.images().versions(service.serviceId()))
                    .filteredOn(version -> service.imageVersion().equals(Optional.of(version.number())))
                    .extracting(ImageVersion::template)
                    .containsExactly(TemplateState.READY);
        }
        assertThat(cloudlet.world.templateKeys().size()).isLessThanOrEqualTo(contents.size());
    }

    private static List<UUID> idsOf(List<Instance> instances, boolean suspended) {
        return instances.stream()
                .filter(instance -> (instance.state() == InstanceState.SUSPENDED) == suspended)
                .map(Instance::id)
                .toList();
    }

    private static Set<String> filesOf(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString().replaceFirst("\\..*", ""))
                    .collect(Collectors.toSet());
        }
    }
}
