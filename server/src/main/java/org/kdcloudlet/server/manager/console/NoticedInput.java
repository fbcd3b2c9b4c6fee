package org.kdcloudlet.server.manager.console;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Lets everything through to a screen, and notices what is somebody's doing: keys, the pointer, the clipboard. A browser asks for the screen
 * all by itself, as long as its page is open. Of a client that does not keep to what {@link LookOnly} knows nothing is noticed from there on.
 */
final class NoticedInput implements ConsoleInput {
    private final LookOnly look = new LookOnly();
    private final Runnable noticed;
    private boolean understood = true;

    /** @param noticed is run for each piece of input with something of somebody's doing in it */
    NoticedInput(Runnable noticed) {
        this.noticed = noticed;
    }

    @Override
    public ByteBuffer allowed(ByteBuffer received) {
        if (understood && hasDoing(received.duplicate())) {
            noticed.run();
        }
        return received;
    }

    private boolean hasDoing(ByteBuffer received) {
        long before = look.dropped();
        try {
            look.allowed(received);
        } catch (IOException unknownToViewers) {
            understood = false;
        }
        return look.dropped() > before;
    }
}
