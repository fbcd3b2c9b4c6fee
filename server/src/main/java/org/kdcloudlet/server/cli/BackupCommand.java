package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.kdcloudlet.server.upload.UploadKind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cloudlet backup}: all that a cloudlet keeps, in one file. */
@Command(
        name = "backup",
        mixinStandardHelpOptions = true,
        description = "All that a cloudlet keeps, in one file.",
        subcommands = {BackupCommand.Create.class, BackupCommand.Restore.class})
final class BackupCommand extends CommandGroup {
    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = "Saves services, apps, accounts, the audit log and, if wanted, disk images in one file.")
    static final class Create extends AdminCommand {
        @Parameters(paramLabel = "FILE", description = "Where to save it; must not exist.")
        private Path file;

        @Option(names = "--images", description = "With the disk images of the services.")
        private boolean images;

        @Override
        void run(AdminClient server) {
            if (Files.exists(file)) {
                throw new CommandFailedException(ExitStatus.FAILED, "There is a file " + file + " already.");
            }
            SavedFile.ofTheOwner(file).requirePlace();
            JsonNode ended = new OperationWatch(server).await(server.post("/v1/backups?images=" + images));
            String path = "/v1/backups/" + segment(ended.path("result").asText());
            server.downloadSecret(path, file);
            server.delete(path);
            print(ended, console -> {
                ended.path("log").forEach(line -> console.line(line.asText()));
                console.line("Saved " + file + ", " + Console.size(file.toFile().length()) + ". Keep it as safe as the"
                        + " cloudlet itself.");
            });
        }
    }

    @Command(
            name = "restore",
            mixinStandardHelpOptions = true,
            description =
                    "Puts a backup into a cloudlet that has no services, apps or instances; its server starts anew.")
    static final class Restore extends AdminCommand {
        @Parameters(paramLabel = "FILE", description = "A backup.")
        private Path file;

        @Option(
                names = "--no-wait",
                description = "Return once the backup is in its place, before the server starts anew.")
        private boolean noWait;

        @Override
        void run(AdminClient server) {
            NewStart start = new NewStart(server);
            JsonNode operation = new FileUpload(server, UploadKind.BACKUP).send("/v1/restore", file);
            JsonNode ended = new OperationWatch(server).await(operation);
            if (!noWait) {
                start.await();
            }
            print(ended, console -> {
                ended.path("log").forEach(line -> console.line("Restored: " + line.asText()));
                console.line((noWait ? "The server starts anew with it." : "The server has started anew with it.")
                        + " Accounts and API tokens are those of the backup.");
            });
        }
    }
}
