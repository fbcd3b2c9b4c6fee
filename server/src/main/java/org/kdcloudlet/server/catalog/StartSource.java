package org.kdcloudlet.server.catalog;

import java.util.Optional;
import org.kdcloudlet.hypervisor.DiskImage;
import org.kdcloudlet.hypervisor.Template;

/**
 * What a new instance of a service is started from.
 *
 * @param service as it was then
 * @param version of its image
 * @param image the imported file; it can be booted unless the version is broken
 * @param template to be cloned, where there is one
 */
public record StartSource(Service service, ImageVersion version, DiskImage image, Optional<Template> template) {}
