package org.kdcloudlet.hypervisor.qemu.host;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where programs are looked for.
 *
 * @param configured the operator's own paths by program name; such a path is taken or refused, never searched past
 * @param folders looked through in order for the others
 * @param firmware folder of the UEFI firmware
 */
public record ProgramSearch(Map<String, Path> configured, List<Path> folders, Path firmware) {
    public ProgramSearch {
        configured = Map.copyOf(configured);
        folders = List.copyOf(folders);
    }

    /** The folders of {@code PATH}, then those of system programs that an unprivileged {@code PATH} leaves out. */
    public static ProgramSearch ofEnvironment() {
        Stream<String> path = Stream.of(System.getenv().getOrDefault("PATH", "").split(":"));
        List<Path> folders = Stream.concat(path, Stream.of("/usr/bin", "/usr/sbin"))
                .filter(folder -> folder.startsWith("/"))
                .map(Path::of)
                .distinct()
                .toList();
        return new ProgramSearch(Map.of(), folders, Path.of("/usr/share/OVMF"));
    }

    Optional<Path> find(String program) {
        if (configured.containsKey(program)) {
            return Optional.of(configured.get(program)).filter(ProgramSearch::isProgram);
        }
        return folders.stream()
                .map(folder -> folder.resolve(program))
                .filter(ProgramSearch::isProgram)
                .findFirst();
    }

    private static boolean isProgram(Path path) {
        return path.isAbsolute() && Files.isRegularFile(path) && Files.isExecutable(path);
    }
}
