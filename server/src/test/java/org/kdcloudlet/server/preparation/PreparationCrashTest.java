package org.kdcloudlet.server.preparation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.kdcloudlet.server.TestCloudlet.PATIENCE;
import static org.kdcloudlet.server.TestCloudlet.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
import org.kdcloudlet.server.MortalServer;
import org.kdcloudlet.server.TestCloudlet;
import org.kdcloudlet.server.catalog.ImageVersion;
import org.kdcloudlet.server.catalog.TemplateState;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationState;
import org.kdcloudlet.server.preparation.Preparation.Start;

/**
 * Kills the server before each call of the hypervisor and each statement to the database, in turn, while images are prepared by
 * hand; the next server, which is killed too, and the one after it have what was acknowledged, and nothing else.
 */
class PreparationCrashTest {
    private static final String ID = "org.example.speech";
    private static final String CDROM = "tools.iso";

    @TempDir
    private Path folder;

    /** What an operator was told. */
    private static final class Operator {
        private final TestCloudlet cloudlet;
        private final MortalServer server;
        /** The preparation that is under way for sure. */
        private Optional<UUID> begun = Optional.empty();
        /** How many versions there are at least. */
        private int versions = 1;
        /** Whether one more is being made. */
        private boolean saves;
        /** Whether something was asked for that begins or ends a preparation, and not answered. */
        private boolean waits;

        private boolean removed;

        Operator(TestCloudlet cloudlet, MortalServer server) {
            this.cloudlet = cloudlet;
            this.server = server;
        }

        void work() {
            Preparations preparations = cloudlet.domain().preparations();
            begin(Start.from(1).withCdrom(CDROM));
            preparations.eject(ID);
            preparations.restart(ID);
            save();
            begin(Start.from(2));
            waits = true;
            preparations.discard(ID);
            ended();
            begin(Start.blank(100).withCdrom(CDROM));
            waits = true;
            removed = true;
            cloudlet.domain().catalog().delete(ID, true);
            ended();
        }

        private void begin(Start start) {
            waits = true;
            succeeded(cloudlet.domain().preparations().begin(ID, start));
            begun = Optional.of(cloudlet.domain().preparations().get(ID).id());
            waits = false;
        }

        private void save() {
            saves = true;
            waits = true;
            succeeded(cloudlet.domain().preparations().save(ID, false));
            versions++;
            saves = false;
            ended();
        }

        private void ended() {
            begun = Optional.empty();
            waits = false;
        }

        private void succeeded(Operation operation) {
            Operation ended = server.awaitEnd(operation);
            assertThat(ended.state()).as(ended.toString()).isEqualTo(OperationState.SUCCEEDED);
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
    void killedAtAnyPointAPreparationIsWholeOrGone() throws IOException {
        int point = 0;
        boolean killed = true;
        while (killed) {
            Path own = Files.createDirectory(folder.resolve("killed-" + point));
            Files.writeString(own.resolve(CDROM), "tools");
            try (TestCloudlet cloudlet = new TestCloudlet(own)) {
                MortalServer server = MortalServer.immortalYet(cloudlet, point);
                server.open().serve(service(ID));
                Operator operator = new Operator(cloudlet, server);
                server.countFromNow();
                killed = server.isKilledIn(operator::work);
                server.die();
                MortalServer.openAndDie(cloudlet, point);
                cloudlet.open();
                check(operator, "killed before call " + (point + 1));
            }
            point++;
        }
        assertThat(point).as("calls and statements").isGreaterThan(50);
    }

    private static void check(Operator operator, String where) throws IOException {
        TestCloudlet cloudlet = operator.cloudlet;
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> checkNothingIsLeft(cloudlet, where));
        List<Preparation> left = cloudlet.domain().preparations().list();
        if (!operator.waits) {
            assertThat(left)
                    .as(where)
                    .extracting(Preparation::id)
                    .containsExactlyElementsOf(operator.begun.stream().toList());
        }
        if (operator.removed && cloudlet.domain().catalog().find(ID).isEmpty()) {
            assertThat(left).as(where).isEmpty();
            return;
        }
        List<ImageVersion> versions = cloudlet.domain().images().versions(ID);
        boolean oneMore = operator.saves && versions.size() == operator.versions + 1;
        assertThat(versions.size() == operator.versions || oneMore)
                .as("%s: %s", where, versions)
                .isTrue();
        if (operator.saves) {
            assertThat(left.isEmpty() && !oneMore)
                    .as(where + ": the work is lost")
                    .isFalse();
        }
        if (oneMore && left.isEmpty()) {
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(10))
                    .untilAsserted(() -> checkItIsGoneOnWith(cloudlet, where, operator.versions + 1));
        }
        // A version is used before it is on record as prepared.
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> checkTheCurrentOneIsPrepared(cloudlet, where));
        checkAnotherCanBeMade(cloudlet, where, versions.size());
    }

    private static void checkTheCurrentOneIsPrepared(TestCloudlet cloudlet, String where) {
        assertThat(cloudlet.domain().images().versions(ID))
                .as(where)
                .filteredOn(version ->
                        cloudlet.domain().catalog().get(ID).imageVersion().equals(Optional.of(version.number())))
                .extracting(ImageVersion::template)
                .containsExactly(TemplateState.READY);
    }

    /** What was saved is used without anybody's doing, and whoever looks at the save that was cut off is told so. */
    private static void checkItIsGoneOnWith(TestCloudlet cloudlet, String where, int saved) {
        assertThat(cloudlet.domain().catalog().get(ID).imageVersion()).as(where).contains(saved);
        assertThat(cloudlet.domain().operations().list())
                .as(where)
                .filteredOn(operation -> operation.kind().equals(Preparations.SAVE)
                        && operation.state() != OperationState.SUCCEEDED
                        && operation.result().equals(Optional.of(Integer.toString(saved))))
                .allSatisfy(save -> assertThat(save.error().map(Operation.Failure::message))
                        .hasValueSatisfying(message -> assertThat(message)
                                .matches("The server was restarted meanwhile\\. Image version " + saved + " is stored"
                                        + "(; operation [0-9]+ prepares it, and it is used then\\.|, and used\\.)")));
    }

    private static void checkNothingIsLeft(TestCloudlet cloudlet, String where) throws IOException {
        assertThat(cloudlet.domain().operations().list())
                .as(where)
                .allMatch(operation -> operation.state().ended());
        List<Preparation> left = cloudlet.domain().preparations().list();
        assertThat(left)
                .as(where)
                .extracting(Preparation::state)
                .isSubsetOf(PreparationState.RUNNING, PreparationState.POWERED_OFF);
        assertThat(cloudlet.machines())
                .as(where)
                .containsExactlyInAnyOrderElementsOf(
                        left.stream().map(Preparation::id).toList());
        assertThat(cloudlet.domain().instances().capacity().instances())
                .as(where)
                .isEqualTo(left.size());
        assertThat(rows(cloudlet)).as(where).isEqualTo(left.size());
        assertThat(filesOf(cloudlet.directory().uploads())).as(where).isEmpty();
        Set<String> contents = cloudlet.domain().catalog().list().stream()
                .flatMap(known -> cloudlet.domain().images().versions(known.serviceId()).stream())
                .map(ImageVersion::sha256)
                .collect(Collectors.toSet());
        assertThat(filesOf(cloudlet.directory().images())).as(where).isEqualTo(contents);
    }

    private static void checkAnotherCanBeMade(TestCloudlet cloudlet, String where, int versions) {
        Preparations preparations = cloudlet.domain().preparations();
        if (preparations.find(ID).isEmpty()) {
            succeeded(cloudlet, where, preparations.begin(ID, Start.from(1)));
        }
        succeeded(cloudlet, where, preparations.save(ID, true));
        assertThat(cloudlet.domain().catalog().get(ID).imageVersion())
                .as(where)
                .contains(cloudlet.domain().images().versions(ID).get(0).number())
                .hasValueSatisfying(number -> assertThat(number).isGreaterThan(versions));
        assertThat(cloudlet.machines()).as(where).isEmpty();
    }

    private static void succeeded(TestCloudlet cloudlet, String where, Operation operation) {
        Operation ended = cloudlet.domain().operations().await(operation.id(), PATIENCE);
        assertThat(ended.state()).as("%s: %s", where, ended).isEqualTo(OperationState.SUCCEEDED);
    }

    private static int rows(TestCloudlet cloudlet) {
        return cloudlet.domain().database().<Integer>read(handle -> handle.createQuery(
                        "SELECT count(*) FROM preparations")
                .mapTo(Integer.class)
                .one());
    }

    private static Set<String> filesOf(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString().replaceFirst("\\..*", ""))
                    .collect(Collectors.toSet());
        }
    }
}
