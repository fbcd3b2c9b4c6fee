package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.kdcloudlet.hypervisor.NetworkAccess;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cloudlet service prepare}: an image that an operator makes by hand, in a machine with a console. */
@Command(
        name = "prepare",
        mixinStandardHelpOptions = true,
        description = {
            "Prepares an image of a service by hand: in a machine with a console, which is saved as the next image version.",
            "('image prepare' makes the template of a version that is good already.)"
        },
        subcommands = {
            PrepareCommand.Begin.class,
            PrepareCommand.Show.class,
            PrepareCommand.Save.class,
            PrepareCommand.Restart.class,
            PrepareCommand.Eject.class,
            PrepareCommand.Discard.class,
        })
final class PrepareCommand extends CommandGroup {
    /** A command on the preparation of one service. */
    abstract static class OnPreparation extends ServiceCommand.OnOne {
        String preparation() {
            return path() + "/preparation";
        }

        /** The page of the Manager in which it is done. */
        String page() {
            return "/services/" + segment(serviceId()) + "/preparation";
        }

        void show(AdminClient server, JsonNode preparation) {
            String link = ConsoleLink.shown(server, page());
            print(preparation, console -> console.properties(properties(preparation, link)));
        }
    }

    /** What it begins on; at most one of them. */
    static final class From {
        @Option(
                names = "--from",
                paramLabel = "VERSION",
                description = "Image version to begin from (default: the one in use, else the newest).")
        private Optional<Integer> version = Optional.empty();

        @Option(names = "--blank", paramLabel = "MIB", description = "Size of a blank disk to install on from --cdrom.")
        private Optional<Integer> blank = Optional.empty();
    }

    @Command(
            name = "begin",
            mixinStandardHelpOptions = true,
            description = "Starts a machine on an image version or a blank disk, and prints where its console is.")
    static final class Begin extends OnPreparation {
        @ArgGroup
        private From from = new From();

        @Option(
                names = "--network",
                paramLabel = "ACCESS",
                description = "What the guest may reach by itself in this preparation: none or open (default: none).")
        private NetworkAccess network = NetworkAccess.NONE;

        @Option(
                names = "--cdrom",
                paramLabel = "NAME",
                description = "ISO file in the server's import folder for the CD-ROM drive.")
        private Optional<String> cdrom = Optional.empty();

        @Override
        void run(AdminClient server) {
            ObjectNode start = JsonNodeFactory.instance.objectNode();
            if (from.blank.isPresent()) {
                start.put("blank_mib", from.blank.get());
            } else {
                start.put("version", from.version.orElseGet(() -> version(server)));
            }
            start.put("network", network.name().toLowerCase(Locale.ROOT));
            cdrom.ifPresent(name -> start.put("cdrom", name));
            new OperationWatch(server).await(server.post(preparation(), start));
            show(server, server.get(preparation()));
        }

        private int version(AdminClient server) {
            JsonNode used = server.get(path()).path("image_version");
            if (used.isInt()) {
                return used.asInt();
            }
            JsonNode newest = server.get(path() + "/images").at("/images/0/number");
            if (newest.isInt()) {
                return newest.asInt();
            }
            throw new CommandFailedException(
                    ExitStatus.FAILED,
                    "Service " + serviceId() + " has no image to begin from; give --blank and --cdrom to install one,"
                            + " or store one by 'image import --store-only'.");
        }
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Shows how a preparation stands, and where its console is.")
    static final class Show extends OnPreparation {
        @Option(names = "--link", description = "Print the address of the console and nothing more.")
        private boolean linkOnly;

        @Override
        void run(AdminClient server) {
            JsonNode preparation = server.get(preparation());
            if (linkOnly) {
                console().line(ConsoleLink.get(server, page()));
            } else {
                show(server, preparation);
            }
        }
    }

    @Command(
            name = "save",
            mixinStandardHelpOptions = true,
            description =
                    "Has the guest switch itself off, saves its disk as the next image version, makes the template and"
                            + " has the service use it.")
    static final class Save extends OnPreparation {
        @Option(
                names = "--force",
                description = "Save the disk as it is without asking the guest, like after a power failure.")
        private boolean force;

        @Option(names = "--no-wait", description = "Return at once; the operation goes on.")
        private boolean noWait;

        @Override
        void run(AdminClient server) {
            JsonNode body = JsonNodeFactory.instance.objectNode().put("force", force);
            JsonNode operation = server.post(preparation() + "/save", body);
            if (noWait) {
                String id = operation.path("id").asText();
                print(operation, console -> console.line("Operation " + id + " goes on."));
                return;
            }
            JsonNode ended = new OperationWatch(server).await(operation);
            print(
                    ended,
                    console -> console.line("It was saved as image version "
                            + ended.path("result").asText() + ", which new instances are started from."));
        }
    }

    @Command(
            name = "restart",
            mixinStandardHelpOptions = true,
            description = "Boots the guest anew, like its reset button, also when it is off.")
    static final class Restart extends OnPreparation {
        @Override
        void run(AdminClient server) {
            show(server, server.post(preparation() + "/restart"));
        }
    }

    @Command(name = "eject", mixinStandardHelpOptions = true, description = "Takes the CD-ROM out of the drive.")
    static final class Eject extends OnPreparation {
        @Override
        void run(AdminClient server) {
            show(server, server.post(preparation() + "/eject"));
        }
    }

    @Command(
            name = "discard",
            mixinStandardHelpOptions = true,
            description = "Ends a preparation. What was done in its machine is lost; the image versions stay.")
    static final class Discard extends OnPreparation {
        @Override
        void run(AdminClient server) {
            server.delete(preparation());
        }
    }

    private static List<List<String>> properties(JsonNode preparation, String link) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("Service", preparation.path("service_id").asText()));
        rows.add(List.of("State", preparation.path("state").asText().replace('_', ' ')));
        rows.add(List.of(
                "Begun from",
                preparation.path("version").isInt()
                        ? "version " + preparation.path("version").asText()
                        : "a blank disk of " + preparation.path("blank_mib").asText() + " MiB"));
        rows.add(List.of("Begun", preparation.path("created").asText()));
        rows.add(List.of("Network", preparation.path("network").asText()));
        rows.add(List.of("CD-ROM", preparation.path("cdrom").asText("none")));
        rows.add(List.of("Console", link));
        for (String about : List.of("problem", "attention")) {
            if (preparation.path(about).isTextual()) {
                String name = about.substring(0, 1).toUpperCase(Locale.ROOT) + about.substring(1);
                rows.add(List.of(name, preparation.path(about).asText()));
            }
        }
        return rows;
    }
}
