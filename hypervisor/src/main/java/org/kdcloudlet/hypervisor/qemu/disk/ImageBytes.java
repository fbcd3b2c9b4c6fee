package org.kdcloudlet.hypervisor.qemu.disk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/** The bytes of an image, read at places that its header names: every place is checked against the length first. */
interface ImageBytes {
    /** What a header check may read at once. */
    int MAX_READ = 1024 * 1024;

    long length();

    /** Fills the buffer from there on; the place was checked. */
    void readFully(ByteBuffer buffer, long offset);

    /**
     * Reads a structure.
     *
     * @param what names it in the refusal
     * @throws org.kdcloudlet.hypervisor.HypervisorException IMAGE_INVALID if it does not lie within the image
     */
    default ByteBuffer read(String what, long offset, long count, ByteOrder order) {
        requireWithin(what, offset, count);
        if (count > MAX_READ) {
            throw Refusal.invalid("The image's %s is larger than any real one; make the image anew.", what);
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) count).order(order);
        readFully(buffer, offset);
        return buffer.flip();
    }

    default void requireWithin(String what, long offset, long count) {
        if (offset < 0 || count < 0 || count > length() || offset > length() - count) {
            throw Refusal.invalid(
                    "The image is truncated or damaged: its %s lies past the end of the file; copy or download it again.",
                    what);
        }
    }

    /** The bytes of a file. */
    static ImageBytes of(FileChannel channel) throws IOException {
        long length = channel.size();
        return new ImageBytes() {
            @Override
            public long length() {
                return length;
            }

            @Override
            public void readFully(ByteBuffer buffer, long offset) {
                try {
                    while (buffer.hasRemaining()) {
                        if (channel.read(buffer, offset + buffer.position()) < 0) {
                            throw Refusal.invalid(
                                    "The image became shorter while it was read; import it when it is complete.");
                        }
                    }
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            }
        };
    }
}
