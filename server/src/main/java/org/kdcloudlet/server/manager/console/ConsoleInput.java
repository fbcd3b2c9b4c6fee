package org.kdcloudlet.server.manager.console;

import java.io.IOException;
import java.nio.ByteBuffer;

/** What of a client's side of the RFB protocol (RFC 6143) reaches the machine. For use by one thread. */
interface RfbInput {
    /** For those who may do everything. */
    RfbInput EVERYTHING = received -> received;

    /**
     * @param received the next bytes of the client, cut anywhere
     * @return those for the machine
     * @throws IOException when the client does not keep to the protocol
     */
    ByteBuffer allowed(ByteBuffer received) throws IOException;
}
