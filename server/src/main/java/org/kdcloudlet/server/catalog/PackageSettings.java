package org.kdcloudlet.server.catalog;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where packages are found and put besides uploads and downloads.
 *
 * @param importFolder on this host, read only; empty: none
 * @param exportFolder on this host; empty: none
 */
public record PackageSettings(Optional<Path> importFolder, Optional<Path> exportFolder) {
    public static PackageSettings none() {
        return new PackageSettings(Optional.empty(), Optional.empty());
    }
}
