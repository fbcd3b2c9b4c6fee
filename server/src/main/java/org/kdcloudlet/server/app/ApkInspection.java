package org.kdcloudlet.server.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/**
 * Has a package read by a process of its own, with little memory and a deadline: whatever a hostile package does to the library
 * that decodes it (endless references, counts of billions), the server goes on.
 */
final class ApkInspection {
    /** Takes the largest resources that are allowed, and what the library makes of them. */
    private static final String MEMORY = "-Xmx256m";

    private static final int MAX_ANSWER = 1 << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Supplier<Duration> deadline;

    ApkInspection(Supplier<Duration> deadline) {
        this.deadline = deadline;
    }

    /**
     * Reads a package.
     *
     * @param work folder for the answer of the process, which may be written to
     * @throws CloudletException APP_INVALID
     */
    ApkReader.Found read(Path file, Path work) {
        Path answer = work.resolve(file.getFileName() + ".answer");
        try {
            int status = run(file, answer);
            JsonNode json = status > 1 ? JSON.createObjectNode() : answer(answer);
            if (status == 0 && json.path("package_name").isTextual()) {
                return found(json);
            }
            throw refused(json.path("problem").asText("it cannot be read with the memory that is given to it"));
        } catch (IOException e) {
            throw new CloudletException(ErrorCode.INTERNAL, "The package could not be read: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw refused(String.valueOf(e.getMessage()));
        } finally {
            remove(answer);
        }
    }

    private int run(Path file, Path answer) throws IOException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                MEMORY,
                "-Xss512k",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ApkInspection.class.getName(),
                file.toString());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(answer.toFile());
        builder.environment().clear();
        Duration allowed = deadline.get();
        Process process = builder.start();
        try {
            if (!process.waitFor(allowed.toMillis(), TimeUnit.MILLISECONDS)) {
                throw refused("it could not be read within " + allowed.toSeconds() + " seconds");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloudletException(ErrorCode.SHUTTING_DOWN, "The server is stopping.", e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static JsonNode answer(Path file) throws IOException {
        if (Files.size(file) > MAX_ANSWER) {
            throw refused("it says too much of itself");
        }
        byte[] bytes = Files.readAllBytes(file);
        return bytes.length == 0 ? JSON.createObjectNode() : JSON.readTree(bytes);
    }

    private static ApkReader.Found found(JsonNode json) {
        PackageDetails details = new PackageDetails(
                json.path("package_name").asText(),
                json.path("name").asText(),
                json.path("version_name").asText(),
                json.path("version_code").asLong(),
                json.path("min_android").asText());
        Optional<byte[]> icon = Optional.ofNullable(json.get("icon"))
                .map(value -> Base64.getDecoder().decode(value.asText()))
                .filter(bytes -> ApkReader.pictureType(bytes).isPresent());
        return new ApkReader.Found(details, icon);
    }

    private static CloudletException refused(String why) {
        return new CloudletException(
                ErrorCode.APP_INVALID,
                "This is not an Android package that can be published: " + why
                        + ". Build it again, or upload another.");
    }

    private static void remove(Path answer) {
        try {
            Files.deleteIfExists(answer);
        } catch (IOException e) {
            throw new CloudletException(ErrorCode.STORAGE_UNUSABLE, "Cannot remove " + answer + ": " + e, e);
        }
    }

    /** The process: reads the package that its argument names, and prints what it found, or what the problem is, as JSON. */
    public static void main(String[] arguments) throws IOException {
        ObjectNode answer = JSON.createObjectNode();
        int status = 0;
        try {
            ApkReader.Found found = ApkReader.read(Path.of(arguments[0]));
            answer.put("package_name", found.details().packageName());
            answer.put("name", found.details().name());
            answer.put("version_name", found.details().versionName());
            answer.put("version_code", found.details().versionCode());
            answer.put("min_android", found.details().minAndroid());
            found.icon()
                    .ifPresent(icon -> answer.put("icon", Base64.getEncoder().encodeToString(icon)));
        } catch (ApkException e) {
            answer.put("problem", e.getMessage());
            status = 1;
        }
        System.out.write(JSON.writeValueAsBytes(answer));
        System.out.flush();
        System.exit(status);
    }
}
