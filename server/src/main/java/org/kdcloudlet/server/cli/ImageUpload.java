package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.server.upload.UploadKind;
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
        return awaited(server, sendAsIs(server, address(images, new ArrayList<>()), file));
    }

    /** The same of an image that is in the server's import folder already. */
    JsonNode take(AdminClient server, String images, String name) {
        List<String> query = new ArrayList<>(List.of("from=" + AdminCommand.segment(name)));
        return awaited(server, server.post(address(images, query)));
    }

    private String address(String images, List<String> query) {
        format.ifPresent(value -> query.add("format=" + value.name().toLowerCase(Locale.ROOT)));
        if (storeOnly) {
            query.add("prepare=false");
        }
        return query.isEmpty() ? images : images + "?" + String.join("&", query);
    }

    private JsonNode awaited(AdminClient server, JsonNode operation) {
        return noWait ? operation : new OperationWatch(server).await(operation);
    }

    /** Uploads an image without options: it is booted and used; the operation goes on. */
    static JsonNode sendAsIs(AdminClient server, String images, Path file) {
        return new FileUpload(server, UploadKind.IMAGE).send(images, file);
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
