package org.kdcloudlet.server.archive;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.kdcloudlet.hypervisor.Progress;

/** Tells how far it has been read, and ends the reading when its operation was cancelled. */
public final class CountedInputStream extends FilterInputStream {
    private final long total;
    private final Progress progress;
    private long done;

    public CountedInputStream(InputStream in, long total, Progress progress) {
        super(in);
        this.total = total;
        this.progress = progress;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int read = super.read(bytes, offset, length);
        done += Math.max(read, 0);
        progress.report(done, total);
        return read;
    }
}
