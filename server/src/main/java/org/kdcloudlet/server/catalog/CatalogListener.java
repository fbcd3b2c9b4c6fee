package org.kdcloudlet.server.catalog;

/** Is told, by the thread that made the change and after it is on record. */
public interface CatalogListener {
    /** What new instances of a service are started from is another now: its definition, image version or template. */
    void changed(String service);

    /** A service is gone, by internal id; what runs of it is to be stopped before this returns. */
    void removed(String service);
}
