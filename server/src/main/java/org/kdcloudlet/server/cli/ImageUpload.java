package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.kdcloudlet.hypervisor.DiskFormat;
import picocli.CommandLine.Option;

/** What can be said of an image that is uploaded, and its upload. */
final class ImageUpload {
    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "What the image is: qcow2, raw, vmdk or vdi (default: found out).")
    private Optional<DiskFormat> format = Optional.empty();

    @Option(
            names = "--store-only",
            description = "Store the image without booting or using it, to be prepared by hand: see 'service prepare'.")
    private boolean storeOnly;

    @Option(names = "--no-wait", description = "Return once the image was copied.")
    private boolean noWait;

    /** Uploads an image; returns the operation that goes on with it, or that has ended if it is waited for. */
    JsonNode send(AdminClient server, String images, Path file) {
        List<String> query = new ArrayList<>();
        format.ifPresent(value -> query.add("format=" + value.name().toLowerCase(Locale.ROOT)));
        if (storeOnly) {
            query.add("prepare=false");
        }
        String path = query.isEmpty() ? images : images + "?" + String.join("&", query);
        JsonNode operation = send(server, file, path);
        return noWait ? operation : new OperationWatch(server).await(operation);
    }

    /** The same without options: the image is booted and used; the operation goes on. */
    static JsonNode sendAsIs(AdminClient server, String images, Path file) {
        return send(server, file, images);
    }

    private static JsonNode send(AdminClient server, Path file, String path) {
        if (!Files.isRegularFile(file)) {
            throw new CommandFailedException(ExitStatus.FAILED, "There is no file " + file + ".");
        }
        return server.upload(path, file, sent -> {});
    }

    /** What has come of it, or comes of it. */
    String told(JsonNode operation, String serviceId) {
        if (noWait) {
            return "Operation " + operation.path("id").asText() + " goes on.";
        }
        String number = operation.path("result").asText();
        return storeOnly
                ? "The image is stored as version " + number + ". './cloudlet service prepare begin " + serviceId
                        + " --from " + number + "' opens it in a console."
                : "The image is ready.";
    }
}
