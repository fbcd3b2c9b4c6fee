package org.kdcloudlet.server.preparation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The ISO files of the import folder. A name stands for a plain file directly in it, and for nothing else. */
final class CdromFiles {
    private static final Logger LOG = LoggerFactory.getLogger(CdromFiles.class);
    private static final String SUFFIX = ".iso";

    private final Optional<Path> folder;

    CdromFiles(Optional<Path> folder) {
        this.folder = folder;
    }

    List<String> names() {
        if (folder.isEmpty()) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder.get())) {
            return entries.filter(CdromFiles::isCdrom)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            LOG.warn("cannot list {}: {}", folder.get(), e.toString());
            return List.of();
        }
    }

    /** The file of that name, if there is one: only what {@link #names()} has is found. */
    Optional<Path> find(String name) {
        return names().contains(name) ? folder.map(known -> known.resolve(name)) : Optional.empty();
    }

    private static boolean isCdrom(Path file) {
        String name = file.getFileName().toString();
        return name.toLowerCase(Locale.ROOT).endsWith(SUFFIX)
                && !name.startsWith(".")
                && name.chars().noneMatch(Character::isISOControl)
                && name.length() <= 250
                && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }
}
