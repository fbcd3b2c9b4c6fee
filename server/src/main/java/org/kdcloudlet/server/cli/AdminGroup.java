package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;

/** {@code cloudlet admin}: the way into the Manager. */
@Command(
        name = "admin",
        mixinStandardHelpOptions = true,
        description = "The way into the Manager.",
        subcommands = {AdminGroup.Certificate.class, AdminGroup.SetupLink.class})
final class AdminGroup extends CommandGroup {
    @Command(
            name = "certificate",
            mixinStandardHelpOptions = true,
            description = "Prints the certificate by which browsers and commands elsewhere know the Manager, as PEM.")
    static final class Certificate extends AdminCommand {
        @Override
        void run(AdminClient server) {
            JsonNode certificate = server.get("/v1/certificate");
            print(certificate, console -> {
                console.line("# " + certificate.path("subject").asText() + ", good until "
                        + certificate.path("ends").asText());
                console.line(
                        "# SHA-256 fingerprint: " + certificate.path("sha256").asText());
                console.text(certificate.path("pem").asText());
            });
        }
    }

    @Command(
            name = "setup-link",
            mixinStandardHelpOptions = true,
            description = "Prints a link by which one administrator's account can be made, once, within a day.")
    static final class SetupLink extends AdminCommand {
        @Override
        void run(AdminClient server) {
            JsonNode link = server.post("/v1/setup-link");
            print(link, console -> console.line(link.path("url").asText()));
        }
    }
}
