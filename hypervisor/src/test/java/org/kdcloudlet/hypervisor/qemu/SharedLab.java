package org.kdcloudlet.hypervisor.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives all test classes of a run the same lab with the same template, as booting and freezing takes many seconds. */
final class SharedLab implements ParameterResolver {
    private record Shared(Path folder, QemuLab lab) implements AutoCloseable {
        static Shared make() {
            try {
                Path folder = Files.createTempDirectory("lab");
                return new Shared(folder, new QemuLab(folder));
            } catch (IOException e) {
                throw new AssertionError("No lab", e);
            }
        }

        @Override
        public void close() throws IOException {
            lab.close();
            FileTree.remove(folder);
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == QemuLab.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.GLOBAL)
                .computeIfAbsent(SharedLab.class, key -> Shared.make(), Shared.class)
                .lab();
    }
}
