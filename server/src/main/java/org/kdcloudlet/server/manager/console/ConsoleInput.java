package org.kdcloudlet.server.manager.console;

import java.io.IOException;
import java.nio.ByteBuffer;

/** What of what a client sends reaches the machine. For use by one thread. */
interface ConsoleInput {
    /** For those who may look at what needs nothing sent to be shown. */
    ConsoleInput NOTHING = received -> ByteBuffer.allocate(0);

    /**
     * @param received the next bytes of the client, cut anywhere
     * @return those for the machine
     * @throws IOException when the client does not keep to the protocol
     */
    ByteBuffer allowed(ByteBuffer received) throws IOException;
}
