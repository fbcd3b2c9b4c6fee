package org.kdcloudlet.hypervisor.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.kdcloudlet.hypervisor.CarriedTemplate;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.MachineExit;
import org.kdcloudlet.hypervisor.MachineSpec;
import org.kdcloudlet.hypervisor.Template;
import org.kdcloudlet.hypervisor.TemplateFiles;
import org.kdcloudlet.hypervisor.TemplateKey;

/** The templates of a fake world. As files, they are a short one, and one with a long run of zeros in it. */
final class FakeTemplates {
    private static final String DESCRIPTION = "a fake template";
    private static final int HOLE = 700_000;

    private final FakeWorld world;

    FakeTemplates(FakeWorld world) {
        this.world = world;
    }

    TemplateKey key(String image, MachineSpec spec) {
        return new TemplateKey(FakeDiskImages.sha256(bytes(world.version() + " " + image + " " + spec)));
    }

    /** Ends a machine and keeps it as a template. */
    Template freeze(FakeProcess process) {
        MachineSpec spec = process.request.spec();
        Template template = template(key(process.image, spec), spec, process.image);
        synchronized (world) {
            world.templates.put(template.key(), template);
            process.end(new MachineExit(true, "It was frozen", ""));
        }
        return template;
    }

    private static Template template(TemplateKey key, MachineSpec spec, String image) {
        return new Template(key, spec, image, Instant.EPOCH, spec.memoryMib());
    }

    void require(Template template) {
        synchronized (world) {
            if (!template.equals(world.templates.get(template.key()))) {
                throw new HypervisorException(HypervisorError.TEMPLATE_INVALID, "The template is gone");
            }
        }
    }

    private static Map<String, byte[]> contents(TemplateKey key) {
        byte[] memory = Arrays.copyOf(bytes("memory of " + key.value()), HOLE);
        memory[HOLE - 1] = 1;
        return Map.of("state", bytes("devices of " + key.value()), "mem", memory);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private record Opened(FakeTemplates templates, Template template, List<Content> contents) implements TemplateFiles {
        @Override
        public String description() {
            return DESCRIPTION;
        }

        @Override
        public void requireUnchanged() {
            templates.require(template);
        }

        @Override
        public void close() {
            try {
                for (Content file : contents) {
                    file.content().close();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    TemplateFiles open(Template template) {
        require(template);
        Map<String, byte[]> files = contents(template.key());
        return new Opened(
                this,
                template,
                List.of(
                        new TemplateFiles.Content("state", channel(files.get("state"))),
                        new TemplateFiles.Content("mem", channel(files.get("mem")))));
    }

    private static FileChannel channel(byte[] content) {
        try {
            FileChannel channel = FileChannel.open(
                    Files.createTempFile("template", ".fake"),
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.DELETE_ON_CLOSE);
            channel.write(ByteBuffer.wrap(content));
            return channel.position(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void discard(CarriedTemplate carried) {
        carried.files().values().forEach(file -> file.toFile().delete());
    }

    /** Keeps the template of these files, if they are what they should be; they are gone afterwards. */
    Template take(CarriedTemplate carried, String image) {
        boolean whole =
                carried.description().equals(DESCRIPTION) && carried.key().equals(key(image, carried.spec()));
        try {
            Map<String, byte[]> wanted = contents(carried.key());
            whole &= carried.files().keySet().equals(wanted.keySet());
            for (Map.Entry<String, Path> file : carried.files().entrySet()) {
                whole &= Arrays.equals(Files.readAllBytes(file.getValue()), wanted.get(file.getKey()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            discard(carried);
        }
        if (!whole) {
            throw new HypervisorException(HypervisorError.TEMPLATE_INVALID, "These are not the files of a template");
        }
        Template template = template(carried.key(), carried.spec(), image);
        synchronized (world) {
            world.templates.put(template.key(), template);
        }
        return template;
    }
}
