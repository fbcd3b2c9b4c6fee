package org.kdcloudlet.hypervisor.qemu.host;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;

/**
 * The programs of this host that machines and disk images need, all of them found and asked for their version. Looked up once;
 * an upgrade of QEMU is seen by the next look-up.
 *
 * @param system absolute path of {@code qemu-system-x86_64}
 * @param version of {@code system}
 * @param image absolute path of {@code qemu-img}
 * @param pcMachine the versioned machine type behind {@code pc}, e.g. {@code pc-i440fx-7.2}: what a template may depend on
 * @param q35Machine the versioned machine type behind {@code q35}, e.g. {@code pc-q35-7.2}
 * @param ovmf UEFI firmware; only machines with that firmware need it
 * @param tools absolute path of each helper program by name
 */
public record QemuInstallation(
        Path system,
        QemuVersion version,
        Path image,
        String pcMachine,
        String q35Machine,
        Optional<OvmfFirmware> ovmf,
        Map<String, Path> tools) {
    private static final String SYSTEM = "qemu-system-x86_64";
    private static final String IMAGE = "qemu-img";
    private static final Map<String, String> PACKAGES = Map.of(
            SYSTEM,
            "qemu-system-x86",
            IMAGE,
            "qemu-utils",
            "setsid",
            "util-linux",
            "prlimit",
            "util-linux",
            "setpriv",
            "util-linux",
            "bwrap",
            "bubblewrap");
    private static final List<String> TOOLS = List.of("setsid", "prlimit", "setpriv", "bwrap");
    private static final Duration ANSWER_DEADLINE = Duration.ofSeconds(30);

    public QemuInstallation {
        tools = Map.copyOf(tools);
    }

    /**
     * Finds everything.
     *
     * @throws HypervisorException {@link HypervisorError#UNAVAILABLE} naming all that is missing or too old, and the packages to install
     */
    public static QemuInstallation find(ProgramSearch search) {
        List<String> missing = new ArrayList<>();
        Map<String, Path> found = new HashMap<>();
        for (String program : PACKAGES.keySet().stream().sorted().toList()) {
            search.find(program).ifPresentOrElse(path -> found.put(program, path), () -> missing.add(program));
        }
        if (!missing.isEmpty()) {
            throw unavailable(missingMessage(missing, search));
        }
        Path system = found.get(SYSTEM);
        Path image = found.get(IMAGE);
        QemuVersion version = requireVersion(SYSTEM, system);
        requireVersion(IMAGE, image);
        String machines = ask(system, "-machine", "help");
        return new QemuInstallation(
                system,
                version,
                image,
                aliasOf("pc", machines),
                aliasOf("q35", machines),
                OvmfFirmware.find(search.firmware()),
                TOOLS.stream().collect(Collectors.toMap(Function.identity(), found::get)));
    }

    /** Absolute path of a helper program: setsid, prlimit, setpriv or bwrap. */
    public Path tool(String name) {
        return Optional.ofNullable(tools.get(name))
                .orElseThrow(() -> new IllegalArgumentException("Not a helper program: " + name));
    }

    /** The UEFI firmware, for a machine that cannot do without. */
    public OvmfFirmware requireOvmf() {
        return ovmf.orElseThrow(() -> unavailable("UEFI firmware is missing; install the package ovmf."));
    }

    private static String missingMessage(List<String> missing, ProgramSearch search) {
        String programs = missing.stream()
                .map(program -> Optional.ofNullable(search.configured().get(program))
                        .map(path -> program + " (configured as " + path + ")")
                        .orElse(program))
                .collect(Collectors.joining(", "));
        String packages =
                missing.stream().map(PACKAGES::get).distinct().sorted().collect(Collectors.joining(" "));
        return "Not found or not executable: " + programs + "; install the packages: " + packages + ".";
    }

    private static QemuVersion requireVersion(String program, Path path) {
        String output = ask(path, "--version");
        QemuVersion version = QemuVersion.parse(output)
                .orElseThrow(() -> unavailable(path + " does not answer --version like QEMU's " + program
                        + "; install the package " + PACKAGES.get(program) + "."));
        if (version.compareTo(QemuVersion.OLDEST) < 0) {
            throw unavailable(path + " is version " + version + "; version " + QemuVersion.OLDEST
                    + " or newer is needed, from the package " + PACKAGES.get(program) + ".");
        }
        return version;
    }

    private static String ask(Path program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        try {
            ToolRun.Result result = ToolRun.run(command, ANSWER_DEADLINE);
            if (result.succeeded()) {
                return result.output();
            }
            throw unavailable(program + " does not work: " + result.complaint());
        } catch (HypervisorException failure) {
            if (failure.error() == HypervisorError.TIMEOUT) {
                throw new HypervisorException(HypervisorError.UNAVAILABLE, failure.getMessage(), failure);
            }
            throw failure;
        }
    }

    private static String aliasOf(String alias, String machines) {
        Pattern line = Pattern.compile("^" + alias + "\\s.*\\(alias of ([a-z0-9.-]{1,64})\\)", Pattern.MULTILINE);
        Matcher matcher = line.matcher(machines);
        if (!matcher.find()) {
            throw unavailable("QEMU offers no machine type " + alias + "; install the package qemu-system-x86.");
        }
        return matcher.group(1);
    }

    private static HypervisorException unavailable(String message) {
        return new HypervisorException(HypervisorError.UNAVAILABLE, message);
    }
}
