package org.kdcloudlet.server.account;

import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what may be left out while the disk is full: whoever wants to make room must not be refused for it. */
final class SpareRecord {
    private static final Logger LOG = LoggerFactory.getLogger(SpareRecord.class);

    private SpareRecord() {}

    /**
     * @param what is written, for the server's log
     */
    static void write(String what, Runnable write) {
        try {
            write.run();
        } catch (CloudletException refusal) {
            if (refusal.code() != ErrorCode.STORAGE_FULL) {
                throw refusal;
            }
            LOG.warn("The disk is full: {} is not on record", what);
        }
    }
}
