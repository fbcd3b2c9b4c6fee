package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.kdcloudlet.server.catalog.Packages;
import org.kdcloudlet.server.upload.UploadKind;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code cloudlet service import} and {@code export}: services as files. */
final class ServicePackageCommands {
    private ServicePackageCommands() {}

    /** Where the template of a package is, or goes. */
    private static Path templateOf(Path file) {
        return file.resolveSibling(Packages.templateName(file.getFileName().toString()));
    }

    @Command(
            name = "import",
            mixinStandardHelpOptions = true,
            description =
                    "Adds the service of a package (.csvm), boots it and waits until it answers. A template beside the package"
                            + " (.template) goes with it, and is used in place of a boot where it can be.")
    static final class Import extends AdminCommand {
        @Parameters(paramLabel = "FILE", description = "The package.")
        private Path file;

        @Option(names = "--from-folder", description = "FILE is the name of a file in the server's import folder.")
        private boolean fromFolder;

        @Option(names = "--no-wait", description = "Return once the file was copied.")
        private boolean noWait;

        @Override
        void run(AdminClient server) {
            JsonNode operation = begin(server);
            if (noWait) {
                String id = operation.path("id").asText();
                print(operation, console -> console.line("Operation " + id + " goes on."));
                return;
            }
            JsonNode ended = new OperationWatch(server).await(operation);
            if (!isJson()) {
                ended.path("log").forEach(line -> console().line(line.asText()));
            }
            JsonNode service =
                    server.get("/v1/services/" + segment(ended.path("result").asText()));
            print(service, console -> console.properties(ServiceCommand.properties(service)));
        }

        private JsonNode begin(AdminClient server) {
            if (fromFolder) {
                return server.post("/v1/packages/" + segment(file.toString()) + "/import");
            }
            Path template = templateOf(file);
            String query = Files.isRegularFile(file) && Files.isRegularFile(template)
                    ? "?template=" + new FileUpload(server, UploadKind.TEMPLATE).store(template)
                    : "";
            return new FileUpload(server, UploadKind.PACKAGE).send("/v1/packages" + query, file);
        }
    }

    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            description = "Writes a service with its image as a package (.csvm) that other cloudlets can import.")
    static final class Export extends AdminCommand {
        @Parameters(index = "0", paramLabel = "SERVICE", description = "Its id, as clients use it.")
        private String serviceId;

        @Parameters(index = "1", arity = "0..1", paramLabel = "FILE", description = "Where to save it.")
        private Optional<Path> file = Optional.empty();

        @Option(names = "--to-folder", description = "Write it into the server's export folder.")
        private boolean toFolder;

        @Option(names = "--uncompressed", description = "Do not pack it by gzip.")
        private boolean uncompressed;

        @Option(
                names = "--template",
                description =
                        "Its template goes beside the package, so that a host of the same kind need not boot the image. It has"
                                + " the memory of a guest: keep it as you keep the cloudlet's own disk.")
        private boolean template;

        @Override
        void run(AdminClient server) {
            if (toFolder == file.isPresent()) {
                throw new ParameterException(spec().commandLine(), "Give either a FILE or --to-folder");
            }
            String query = uncompressed ? "?compressed=false" : "";
            String path = "/v1/services/" + segment(serviceId);
            if (file.isPresent()) {
                if (template) {
                    server.downloadSecret(path + "/template", templateOf(file.get()));
                }
                server.download(path + "/package" + query, file.get());
                return;
            }
            String export = path + "/export?compressed=" + !uncompressed + "&template=" + template;
            JsonNode ended = new OperationWatch(server).await(server.post(export));
            print(ended, console -> console.line(ended.path("result").asText()));
        }
    }
}
