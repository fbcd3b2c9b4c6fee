package org.kdcloudlet.server.catalog;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.kdcloudlet.hypervisor.Hypervisor;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The templates of this host. To look for one may take the hypervisor a while, so the answer is kept. */
final class Templates {
    private static final Logger LOG = LoggerFactory.getLogger(Templates.class);

    private final Hypervisor hypervisor;
    private final ImageFiles files;
    private final Map<TemplateKey, Optional<Template>> known = new ConcurrentHashMap<>();

    Templates(Hypervisor hypervisor, ImageFiles files) {
        this.hypervisor = hypervisor;
        this.files = files;
    }

    TemplateKey key(Service service, ImageVersion version) {
        return hypervisor.templateKey(files.image(version), service.definition().machine());
    }

    /** The template that instances of a service are cloned from, if there is one and they are to be cloned. */
    Optional<Template> find(Service service, ImageVersion version) {
        if (!service.definition().cloned()) {
            return Optional.empty();
        }
        TemplateKey key = key(service, version);
        try {
            return known.computeIfAbsent(key, hypervisor::template);
        } catch (HypervisorException e) {
            LOG.warn("cannot look for template {}: {}", key.value(), e.getMessage());
            return Optional.empty();
        }
    }

    void add(Template template) {
        known.put(template.key(), Optional.of(template));
    }

    /** Has a template looked at again before it is used the next time. */
    void doubt(Template template) {
        known.remove(template.key());
    }

    /** Removes the templates that have none of these keys. */
    void keepOnly(Set<TemplateKey> wanted) {
        Set<Template> surplus = hypervisor.templates().stream()
                .filter(template -> !wanted.contains(template.key()))
                .collect(Collectors.toSet());
        for (Template template : surplus) {
            known.remove(template.key());
            hypervisor.remove(template);
            LOG.info("removed template {}", template.key().value());
        }
    }
}
