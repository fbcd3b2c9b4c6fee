package org.kdcloudlet.hypervisor.qemu.disk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.qemu.host.QemuInstallation;
import org.kdcloudlet.hypervisor.qemu.host.ToolRun;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;

/**
 * Runs qemu-img on one image such that an image that takes it over gains nothing: it sees /usr and that image (and one file to
 * write, when it converts) and no network, process or other file, has no rights and an own user where we are root, and limits on
 * memory, CPU time and what it writes.
 */
final class ImageSandbox {
    private static final String IMAGE = "/image";
    private static final String OUTPUT = "/output";
    private static final int NOBODY = 65_534;
    private static final long MEMORY_BYTES = 2L << 30;
    private static final int OPEN_FILES = 64;

    private final QemuInstallation installation;
    private final Optional<UnprivilegedUser> user;

    ImageSandbox(QemuInstallation installation) {
        this.installation = installation;
        this.user = isRoot() ? Optional.of(new UnprivilegedUser(NOBODY, NOBODY)) : Optional.empty();
    }

    /** What a program may use. */
    record Limits(Duration time, long writtenBytes) {}

    /** Who has to own a file that is written in here; empty if nobody else than we do. */
    Optional<UnprivilegedUser> user() {
        return user;
    }

    /** The path of the image as the program sees it. */
    static String image() {
        return IMAGE;
    }

    /** The path of the output as the program sees it. */
    static String output() {
        return OUTPUT;
    }

    /**
     * Runs qemu-img.
     *
     * @param image seen as {@link #image()}, read-only
     * @param output seen as {@link #output()}; exists already
     * @param tick called often; what it throws ends the program and is let through
     * @throws HypervisorException UNAVAILABLE if the sandbox cannot be made; IMAGE_INVALID if the program took longer than its limit
     */
    ToolRun.Result run(Path image, Optional<Path> output, Limits limits, Runnable tick, List<String> arguments) {
        List<String> command = new ArrayList<>(namespaces());
        command.addAll(List.of("--ro-bind", image.toString(), IMAGE));
        output.ifPresent(path -> command.addAll(List.of("--bind", path.toString(), OUTPUT)));
        command.addAll(List.of("--remount-ro", "/", "--chdir", "/"));
        command.addAll(limits(limits));
        Path setpriv = Path.of(inside(installation.tool("setpriv")));
        user.ifPresent(someone -> command.addAll(someone.command(setpriv, OptionalInt.empty())));
        command.add(inside(installation.image()));
        command.addAll(arguments);
        try {
            ToolRun.Result result = ToolRun.run(command, limits.time(), tick);
            if (result.errors().startsWith("bwrap: ")) {
                throw new HypervisorException(
                        HypervisorError.UNAVAILABLE,
                        "Disk images cannot be inspected in a sandbox: " + result.complaint());
            }
            return result;
        } catch (HypervisorException failure) {
            if (failure.error() == HypervisorError.TIMEOUT) {
                throw Refusal.invalid(
                        "The image was not read within %d s; convert it with qemu-img convert -O qcow2 and import that.",
                        limits.time().toSeconds());
            }
            throw failure;
        }
    }

    private List<String> namespaces() {
        List<String> command =
                new ArrayList<>(List.of(installation.tool("bwrap").toString()));
        command.addAll(
                List.of("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"));
        command.addAll(List.of("--die-with-parent", "--new-session", "--cap-drop", "ALL"));
        if (user.isPresent()) {
            // No user namespace: below a chroot the kernel refuses one even to root. setpriv gives these up again.
            command.addAll(List.of("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"));
        } else {
            command.addAll(List.of("--unshare-user", "--uid", "" + NOBODY, "--gid", "" + NOBODY));
        }
        command.addAll(List.of("--ro-bind", "/usr", "/usr"));
        for (String name : List.of("/bin", "/sbin", "/lib", "/lib64")) {
            command.addAll(likeOnTheHost(Path.of(name)));
        }
        for (Path program : programs()) {
            if (!inside(program).equals(program.toString())) {
                command.addAll(List.of("--ro-bind", program.toString(), inside(program)));
            }
        }
        command.addAll(List.of("--proc", "/proc", "--dev", "/dev", "--clearenv", "--setenv", "LC_ALL", "C"));
        return command;
    }

    private List<Path> programs() {
        return List.of(installation.image(), installation.tool("prlimit"), installation.tool("setpriv"));
    }

    /** Where a program is in the sandbox: a configured one may lie anywhere on the host. */
    private static String inside(Path program) {
        return program.startsWith("/usr") ? program.toString() : "/" + program.getFileName();
    }

    private static List<String> likeOnTheHost(Path folder) {
        try {
            if (Files.isSymbolicLink(folder)) {
                return List.of("--symlink", Files.readSymbolicLink(folder).toString(), folder.toString());
            }
            return Files.isDirectory(folder) ? List.of("--ro-bind", folder.toString(), folder.toString()) : List.of();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private List<String> limits(Limits limits) {
        return List.of(
                inside(installation.tool("prlimit")),
                "--as=" + MEMORY_BYTES,
                "--cpu=" + Math.max(1, limits.time().toSeconds()),
                "--fsize=" + limits.writtenBytes(),
                "--nofile=" + OPEN_FILES,
                "--core=0");
    }

    private static boolean isRoot() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
