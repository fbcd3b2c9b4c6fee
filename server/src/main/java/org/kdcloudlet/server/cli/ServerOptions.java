package org.kdcloudlet.server.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import org.kdcloudlet.server.config.ServerConfiguration;
import org.kdcloudlet.server.error.FileProblem;
import picocli.CommandLine.Option;

/**
 * Which server a command speaks to: one on this host by its data directory, or one elsewhere by its address and a token. What is
 * not given is taken from the environment. A token is never an option, since every user of a host sees the command lines of all.
 */
final class ServerOptions {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Data directory of the server (default: KDCLOUDLET_DATA, else the server's own default).")
    private Optional<Path> data = Optional.empty();

    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "Address of the Manager of a cloudlet elsewhere, as https://ridge.local:9998"
                    + " (default: KDCLOUDLET_URL).")
    private Optional<String> url = Optional.empty();

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "File whose first line is an API token, for --url (default: KDCLOUDLET_TOKEN_FILE, or the token"
                            + " itself in KDCLOUDLET_TOKEN).")
    private Optional<Path> tokenFile = Optional.empty();

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description =
                    "Certificate of the authority to trust, for --url (default: KDCLOUDLET_CA, else those that this"
                            + " host trusts).")
    private Optional<Path> authority = Optional.empty();

    @Option(
            names = "--fingerprint",
            paramLabel = "SHA256",
            description = "Fingerprint of the certificate to trust, for --url (default: KDCLOUDLET_FINGERPRINT).")
    private Optional<String> fingerprint = Optional.empty();

    /** The way to the server that is meant. */
    ServerLink link() {
        if (data.isPresent() && url.isPresent()) {
            throw usage("Give either --data or --url: a server is here or elsewhere.");
        }
        Optional<String> address = data.isPresent() ? Optional.empty() : url.or(() -> environment("KDCLOUDLET_URL"));
        if (address.isEmpty()) {
            if (tokenFile.isPresent() || authority.isPresent() || fingerprint.isPresent()) {
                throw usage("--token-file, --ca and --fingerprint are for a server elsewhere; give its --url.");
            }
            return ServerLink.Local.of(dataDirectory());
        }
        return NetworkLink.to(address.get(), token(), trust());
    }

    /** Where the server on this host is. */
    Path dataDirectory() {
        return data.or(() -> environment("KDCLOUDLET_DATA").map(Path::of))
                .orElseGet(ServerConfiguration::defaultData)
                .toAbsolutePath();
    }

    private ServerTrust trust() {
        if (authority.isPresent() && fingerprint.isPresent()) {
            throw usage("Give either --ca or --fingerprint.");
        }
        if (authority.isPresent()) {
            return ServerTrust.of(authority.get());
        }
        return fingerprint
                .map(ServerTrust::ofFingerprint)
                .or(() -> environment("KDCLOUDLET_CA").map(Path::of).map(ServerTrust::of))
                .or(() -> environment("KDCLOUDLET_FINGERPRINT").map(ServerTrust::ofFingerprint))
                .orElseGet(ServerTrust::ofTheHost);
    }

    private String token() {
        return tokenFile
                .map(ServerOptions::firstLine)
                .or(() -> environment("KDCLOUDLET_TOKEN"))
                .or(() -> environment("KDCLOUDLET_TOKEN_FILE").map(Path::of).map(ServerOptions::firstLine))
                .orElseThrow(() -> usage("A server elsewhere wants a token: put one that './cloudlet token create' made"
                        + " there into a file and give it by --token-file, or set KDCLOUDLET_TOKEN."));
    }

    private static String firstLine(Path file) {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
                throw usage("Everybody on this host may read the token in " + file + "; 'chmod 600' it first.");
            }
            return Optional.ofNullable(reader.readLine()).orElse("").strip();
        } catch (IOException e) {
            throw new CommandFailedException(
                    ExitStatus.FAILED, "Cannot read the token in " + file + ": " + FileProblem.words(e));
        }
    }

    private static Optional<String> environment(String name) {
        return Optional.ofNullable(System.getenv(name)).filter(text -> !text.isBlank());
    }

    private static CommandFailedException usage(String message) {
        return new CommandFailedException(ExitStatus.USAGE, message);
    }
}
