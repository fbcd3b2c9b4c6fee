package org.kdcloudlet.client.http;

import java.util.concurrent.TimeUnit;

/** The moment by which everything of one call is done. */
public final class Deadline {
    private final long end;

    private Deadline(long end) {
        this.end = end;
    }

    /**
     * A moment from now.
     *
     * @param millis at least 1
     * @return immutable
     */
    public static Deadline in(long millis) {
        return new Deadline(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
    }

    /**
     * How long a socket may block.
     *
     * @return milliseconds, at least 1
     * @throws DeadlinePassedException if there is no time left
     */
    public int left() throws DeadlinePassedException {
        long left = end - System.nanoTime();
        if (left <= 0) {
            throw new DeadlinePassedException();
        }
        return (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(left) + 1);
    }
}
