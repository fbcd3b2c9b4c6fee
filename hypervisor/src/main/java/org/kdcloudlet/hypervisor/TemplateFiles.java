package org.kdcloudlet.hypervisor;

import java.nio.channels.FileChannel;
import java.util.List;

/**
 * The files of a template, opened to be carried elsewhere ({@link CarriedTemplate}). They stay readable until this is closed, whatever
 * becomes of the template.
 */
public interface TemplateFiles extends AutoCloseable {
    /**
     * One of the files.
     *
     * @param name letters, digits and dots
     * @param content to be read from any position
     */
    record Content(String name, FileChannel content) {}

    /** What the hypervisor has to know of the template besides its files, in a form of its own; one line of text. */
    String description();

    /** All that has to be carried, the short ones first. */
    List<Content> contents();

    /**
     * Checks that the files are those that were frozen, which is known only as long as the template is there.
     *
     * @throws HypervisorException {@link HypervisorError#TEMPLATE_INVALID} if it was removed, or changed behind our back
     */
    void requireUnchanged();

    /** Lets go of the files. */
    @Override
    void close();
}
