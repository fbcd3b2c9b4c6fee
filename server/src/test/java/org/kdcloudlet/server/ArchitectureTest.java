package org.kdcloudlet.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which package may know which: arrows go from the ways in, over the domain, to the hypervisor and storage. */
@AnalyzeClasses(packages = "org.kdcloudlet", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule ARROWS_GO_ONE_WAY = layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("org.kdcloudlet..")
            .withOptionalLayers(true)
            .layer("ways in")
            .definedBy("..server.api..", "..server.manager..", "..server.cli..")
            .layer("server")
            .definedBy("org.kdcloudlet.server", "..server.config..")
            .layer("domain")
            .definedBy(
                    "..server.account..",
                    "..server.backup..",
                    "..server.catalog..",
                    "..server.instance..",
                    "..server.preparation..",
                    "..server.app..",
                    "..server.operation..",
                    "..server.host..",
                    "..server.peer..",
                    "..server.setting..",
                    "..server.upload..")
            .layer("storage")
            .definedBy("..server.storage..")
            .layer("hypervisor")
            .definedBy("org.kdcloudlet.hypervisor..")
            .whereLayer("ways in")
            .mayOnlyBeAccessedByLayers("server")
            .whereLayer("domain")
            .mayOnlyBeAccessedByLayers("server", "ways in");

    @ArchTest
    static final ArchRule STORAGE_KNOWS_NOTHING_OF_WHAT_IT_KEEPS = noClasses()
            .that()
            .resideInAPackage("..server.storage..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "..server.account..",
                    "..server.backup..",
                    "..server.catalog..",
                    "..server.instance..",
                    "..server.app..",
                    "..server.operation..",
                    "..server.host..");

    @ArchTest
    static final ArchRule THE_CATALOGUE_DOES_NOT_KNOW_INSTANCES = noClasses()
            .that()
            .resideInAPackage("..server.catalog..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("..server.instance..", "..server.preparation..");

    @ArchTest
    static final ArchRule INSTANCES_DO_NOT_KNOW_PREPARATIONS = noClasses()
            .that()
            .resideInAPackage("..server.instance..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..server.preparation..");

    @ArchTest
    static final ArchRule OPERATIONS_DO_NOT_KNOW_WHO_STARTS_THEM = noClasses()
            .that()
            .resideInAPackage("..server.operation..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("..server.catalog..", "..server.instance..", "..server.preparation..");

    @ArchTest
    static final ArchRule ACCOUNTS_DO_NOT_KNOW_WHAT_THEY_GUARD = noClasses()
            .that()
            .resideInAPackage("..server.account..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("..server.catalog..", "..server.instance..", "..server.operation..", "..server.host..");

    @ArchTest
    static final ArchRule THE_DOMAIN_KNOWS_NO_WEB = noClasses()
            .that()
            .resideInAnyPackage(
                    "..server.account..",
                    "..server.archive..",
                    "..server.backup..",
                    "..server.catalog..",
                    "..server.instance..",
                    "..server.preparation..",
                    "..server.app..",
                    "..server.operation..",
                    "..server.peer..",
                    "..server.setting..",
                    "..server.upload..",
                    "..server.storage..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.javalin..", "picocli..", "jakarta.servlet..", "org.eclipse.jetty..");

    @ArchTest
    static final ArchRule THE_WAYS_IN_USE_NO_SQL = noClasses()
            .that()
            .resideInAnyPackage("..server.api..", "..server.manager..", "..server.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.jdbi..", "org.sqlite..", "java.sql..", "com.zaxxer..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule THE_HYPERVISOR_KNOWS_NO_SERVER = noClasses()
            .that()
            .resideInAPackage("org.kdcloudlet.hypervisor..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.kdcloudlet.server..");

    @ArchTest
    static final ArchRule NOTHING_OF_QEMU_LEAKS_OUT = noClasses()
            .that()
            .resideInAPackage("org.kdcloudlet.server..")
            .and()
            .resideOutsideOfPackages("org.kdcloudlet.server", "..server.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..hypervisor.qemu..")
            .because("what runs the program chooses the hypervisor, and nobody else knows which it is");

    @ArchTest
    static final ArchRule SQL_IS_IN_REPOSITORIES = noClasses()
            .that()
            .haveSimpleNameNotEndingWith("Repository")
            .and()
            .resideOutsideOfPackage("..server.storage..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.jdbi..");
}
