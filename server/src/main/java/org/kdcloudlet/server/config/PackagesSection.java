package org.kdcloudlet.server.config;

import java.nio.file.Path;
import java.util.Optional;
import org.kdcloudlet.server.catalog.PackageSettings;

/** Reads section {@code packages}: where packaged services are found and put. */
final class PackagesSection {
    private PackagesSection() {}

    static PackageSettings read(Section section) {
        return new PackageSettings(folder(section, "import-folder"), folder(section, "export-folder"));
    }

    private static Optional<Path> folder(Section section, String key) {
        String path = section.text(key, "", "|/[^\\p{Cntrl}]{0,1024}", "the whole path of a folder, from /, or \"\"");
        return path.isEmpty() ? Optional.empty() : Optional.of(Path.of(path).normalize());
    }
}
