package org.kdcloudlet.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What runs on this host. */
public final class Processes {
    private Processes() {}

    /** The processes that work below a folder, which may be gone; each machine's QEMU does, in a folder of its own. */
    public static List<ProcessHandle> workingBelow(Path folder) {
        return ProcessHandle.allProcesses()
                .filter(process -> workingFolder(process)
                        .filter(path -> path.startsWith(folder))
                        .isPresent())
                .toList();
    }

    private static Optional<Path> workingFolder(ProcessHandle process) {
        try {
            return Optional.of(Files.readSymbolicLink(Path.of("/proc", Long.toString(process.pid()), "cwd")));
        } catch (IOException e) {
            // It ended meanwhile, or is none of ours.
            return Optional.empty();
        }
    }

    /** The processes that were told of a folder on their command line. */
    public static List<ProcessHandle> toldOf(Path folder) {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.contains(folder.toString()))
                        .isPresent())
                .toList();
    }
}
