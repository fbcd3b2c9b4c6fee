package org.kdcloudlet.server.catalog;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.kdcloudlet.hypervisor.DiskFormat;
import org.kdcloudlet.hypervisor.TemplateKey;

/**
 * One imported image of a service.
 *
 * @param service internal id of the service
 * @param number counts up from 1 for each service, never reused
 * @param sha256 digest of the image file, lowercase hex; versions with the same content share the file
 * @param format of the file
 * @param fileBytes length of the file
 * @param virtualBytes size of the disk that the guest sees
 * @param created when it was imported
 * @param template whether clones can be made of it
 * @param templateKey what the template depends on, or the one depended on that could not be made
 * @param problem one sentence: why there is no template, or what is wrong with the file
 * @param broken whether the file is missing or not what it was
 */
public record ImageVersion(
        String service,
        int number,
        String sha256,
        DiskFormat format,
        long fileBytes,
        long virtualBytes,
        Instant created,
        TemplateState template,
        Optional<TemplateKey> templateKey,
        Optional<String> problem,
        boolean broken) {
    public ImageVersion {
        Objects.requireNonNull(service, "service");
        Objects.requireNonNull(sha256, "sha256");
        Objects.requireNonNull(format, "format");
        Objects.requireNonNull(created, "created");
        Objects.requireNonNull(template, "template");
        Objects.requireNonNull(templateKey, "templateKey");
        Objects.requireNonNull(problem, "problem");
    }

    ImageVersion withTemplate(TemplateState state, Optional<TemplateKey> key, Optional<String> reason) {
        return new ImageVersion(
                service, number, sha256, format, fileBytes, virtualBytes, created, state, key, reason, broken);
    }

    /** Broken by a problem of its file, or mended when there is none. */
    ImageVersion withFile(Optional<String> fileProblem) {
        return new ImageVersion(
                service,
                number,
                sha256,
                format,
                fileBytes,
                virtualBytes,
                created,
                template,
                templateKey,
                fileProblem.isPresent() || broken ? fileProblem : problem,
                fileProblem.isPresent());
    }
}
