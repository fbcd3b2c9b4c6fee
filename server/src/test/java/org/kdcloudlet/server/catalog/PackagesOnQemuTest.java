package org.kdcloudlet.server.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.hypervisor.DeviceSet;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.Protocol;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.server.Domain;
import org.kdcloudlet.server.DomainOnQemu;
import org.kdcloudlet.server.instance.StartKind;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationState;

/** Packages on real machines: one of the reference system comes up on its hardware, and what is exported comes back. */
class PackagesOnQemuTest {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final String ID = "org.example.inspect";
    private static final String DOCUMENT = """
            {"service_id": "org.example.inspect", "vm_image": {"disk_image": "x.qcow2", "state_image": "x.qcow2.lqs"},
             "description": "", "version": "", "tags": [], "port": 8080, "num_users": 0, "min_memory": "", "ideal_memory": ""}""";

    @TempDir
    private Path folder;

    private DomainOnQemu cloudlet;

    @BeforeEach
    void open() {
        cloudlet = new DomainOnQemu(folder);
    }

    @AfterEach
    void leaveNothing() {
        cloudlet.close();
    }

    private Domain domain() {
        return cloudlet.domain();
    }

    @Test
    void aPackageOfTheReferenceComesUpAndComesBackByDigest() throws IOException {
        byte[] disk = Files.readAllBytes(Path.of(System.getProperty("cloudlet.demo.image")));
        importNow(TestPackage.whole(DOCUMENT, disk, new byte[0]));
        Service service = domain().catalog().get(ID);
        assertThat(service.definition().machine().deviceSet()).isEqualTo(DeviceSet.LEGACY);
        String digest = digest();

        Path exported = folder.resolve("exported.csvm");
        try (Packages.Export export = domain().packages().export(ID, true);
                OutputStream out = Files.newOutputStream(exported)) {
            export.writeTo(out);
        }
        domain().catalog().delete(ID, true);
        importNow(Files.readAllBytes(exported));

        assertThat(domain().catalog().get(ID).definition()).isEqualTo(service.definition());
        assertThat(digest()).isEqualTo(digest);
    }

    @Test
    void aTemplateBesideItsPackageSparesTheBoot() {
        domain().catalog()
                .add(ServiceDefinition.builder()
                        .serviceId(ID)
                        .port(Protocol.TCP, 8080)
                        .httpProbe(8080, "/healthz", List.of(200))
                        .poolSize(0)
                        .build());
        InputFile image = InputFile.kept(Path.of(System.getProperty("cloudlet.demo.image")));
        ended(domain().images().importImage(ID, new Images.ImageSource(image, Optional.of(DiskFormat.QCOW2))));
        TemplateKey key = domain().images().versions(ID).get(0).templateKey().orElseThrow();
        ended(domain().packages().exportToFolder(ID, true, true));
        domain().catalog().delete(ID, true);
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> cloudlet.hypervisor().templates().isEmpty());

        Operation imported = ended(domain().packages().importFromFolder(ID + "-1.csvm"));

        assertThat(imported.log()).anyMatch(line -> line.contains("came with it and is used"));
        assertThat(imported.steps())
                .extracting(Operation.Step::name)
                .noneMatch(step -> step.startsWith("boot") || step.contains("save its state"));
        ImageVersion version = domain().images().versions(ID).get(0);
        assertThat(version.template()).isEqualTo(TemplateState.READY);
        assertThat(version.templateKey()).contains(key);
        assertThat(domain().instances().start(ID, false).kind()).isEqualTo(StartKind.CLONE);
    }

    private String digest() {
        return domain().images().versions(ID).get(0).sha256();
    }

    private void importNow(byte[] archive) throws IOException {
        Path upload = Files.write(cloudlet.directory().uploads().resolve("upload"), archive);
        ended(domain().packages().importPackage(InputFile.removed(upload), Optional.empty(), "upload"));
        assertThat(domain().images().attention(domain().catalog().get(ID))).isEmpty();
    }

    private Operation ended(Operation begun) {
        Operation ended = domain().operations().await(begun.id(), PATIENCE);
        assertThat(ended.state()).as("%s", ended).isEqualTo(OperationState.SUCCEEDED);
        return ended;
    }
}
