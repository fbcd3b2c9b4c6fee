package org.kdcloudlet.speech;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The service is compiled for its guest without any library, and from three packages. */
@AnalyzeClasses(packages = "org.kdcloudlet.speech", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule THE_SERVICE_NEEDS_NO_LIBRARY = classes()
            .that()
            .resideInAnyPackage("..speech.audio..", "..speech.recognizer..", "..speech.service..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", "..speech.audio..", "..speech.recognizer..", "..speech.service..");

    @ArchTest
    static final ArchRule AUDIO_KNOWS_NO_ENGINE_AND_ENGINES_KNOW_NO_WIRE = noClasses()
            .that()
            .resideInAnyPackage("..speech.audio..", "..speech.recognizer..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("..speech.service..", "..speech.client..");

    @ArchTest
    static final ArchRule THE_CLIENT_DOES_NOT_KNOW_THE_SERVICE = noClasses()
            .that()
            .resideInAPackage("..speech.client..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..speech.service..");
}
