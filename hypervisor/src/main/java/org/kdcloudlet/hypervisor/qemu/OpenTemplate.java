package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.hypervisor.TemplateFiles;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;

/** The files of a template that a host of the same kind cannot make for itself: not its image, and not what is empty at first. */
final class OpenTemplate implements TemplateFiles {
    /** The names of the files, the short ones first; the variables are there for UEFI machines only. */
    static final List<String> NAMES =
            List.of(MachineFolder.VARIABLES, TemplateStore.STATE, MachineFolder.BASE, MachineFolder.MEMORY);

    private final TemplateStore templates;
    private final TemplateKey key;
    private final String description;
    private final List<Content> contents;

    private OpenTemplate(TemplateStore templates, TemplateKey key, String description, List<Content> contents) {
        this.templates = templates;
        this.key = key;
        this.description = description;
        this.contents = List.copyOf(contents);
    }

    static OpenTemplate of(TemplateStore templates, TemplateKey key) {
        try (Reverter undo = new Reverter()) {
            OpenTemplate opened = templates.use(key, record -> {
                List<Content> contents = new ArrayList<>();
                for (String name : NAMES) {
                    Path file = templates.folder(key).resolve(name);
                    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                        FileChannel channel =
                                FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
                        undo.add("close " + file, channel::close);
                        contents.add(new Content(name, channel));
                    }
                }
                String description = TemplateDescription.of(record).write();
                return new OpenTemplate(templates, key, description, contents);
            });
            undo.commit();
            return opened;
        } catch (IOException e) {
            throw Failures.of("Could not open template " + key.value(), e);
        }
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public List<Content> contents() {
        return contents;
    }

    @Override
    public void requireUnchanged() {
        try {
            templates.use(key, record -> record);
        } catch (IOException e) {
            throw Failures.of("Could not look at template " + key.value(), e);
        }
    }

    @Override
    public void close() {
        try (Reverter all = new Reverter()) {
            contents.forEach(file -> all.add("close " + file.name(), file.content()::close));
        }
    }
}
