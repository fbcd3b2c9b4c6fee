package org.kdcloudlet.hypervisor.qemu.disk;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.kdcloudlet.hypervisor.Progress;
import org.kdcloudlet.hypervisor.digest.DigestedFile;

/** Copies a file and takes its SHA-256 in one pass. Runs of zeros become holes, which raw disks mostly consist of. */
final class ImageCopy {
    private ImageCopy() {}

    /**
     * Copies.
     *
     * @param from read from its beginning to {@code length}; a file that ends before is refused
     * @param to empty; on return its content is on disk
     * @return the digest, lowercase hex
     */
    static String copy(FileChannel from, Path to, long length, Progress progress) throws IOException {
        InputStream in = Channels.newInputStream(from.position(0));
        try (DigestedFile copy = DigestedFile.fill(to, length)) {
            for (long done = 0; done < length; ) {
                progress.report(done, length);
                int read = copy.readFrom(in, length - done);
                if (read < 0) {
                    throw Refusal.invalid("The image became shorter while it was read; import it when it is complete.");
                }
                done += read;
            }
            progress.report(length, length);
            return copy.finish();
        }
    }
}
