package org.kdcloudlet.server.upload;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.kdcloudlet.server.operation.InputFile;

/** An upload in use, by a name that is the user's own. It is given back once. */
final class LentUpload implements InputFile {
    private final InputFile file;
    private final Consumer<Boolean> giveBack;
    private final AtomicBoolean back = new AtomicBoolean();

    /**
     * @param file removed when it is given back
     * @param giveBack told whether it is spent
     */
    LentUpload(Path file, Consumer<Boolean> giveBack) {
        this.file = InputFile.removed(file);
        this.giveBack = giveBack;
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public void ended(boolean succeeded) {
        if (back.compareAndSet(false, true)) {
            file.ended(succeeded);
            giveBack.accept(succeeded);
        }
    }
}
