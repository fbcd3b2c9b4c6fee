package org.kdcloudlet.server.backup;

import java.nio.channels.FileChannel;
import java.time.Instant;
import java.util.Optional;
import org.kdcloudlet.server.account.Actor;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;

/**
 * Backups of the cloudlet: its database, apps and, when asked for, disk images in one file. One at a time is kept, until it is removed,
 * another is made or the server ends. Safe for use by many threads.
 */
public interface Backups {
    /** The kinds of the operations. */
    String CREATE = "backup.create";

    String RESTORE = "backup.restore";

    /** A backup that can be fetched. */
    record Backup(String name, long bytes, Instant created) {}

    /** A backup that was opened, to be closed by whoever sends it. */
    record Download(Backup backup, FileChannel file) {}

    /**
     * Makes a backup; its name is the result of the operation.
     *
     * @param images whether with the disk images
     * @throws org.kdcloudlet.server.error.CloudletException CONFLICT when one is being made or restored
     */
    Operation create(boolean images);

    /** The backup that there is, if any. */
    Optional<Backup> find();

    /**
     * @throws org.kdcloudlet.server.error.CloudletException BACKUP_UNKNOWN
     */
    Download open(String name);

    /**
     * @throws org.kdcloudlet.server.error.CloudletException BACKUP_UNKNOWN
     */
    void remove(String name);

    /**
     * Refuses a cloudlet that has services, apps or instances.
     *
     * @throws org.kdcloudlet.server.error.CloudletException CONFLICT
     */
    void requireEmpty();

    /**
     * Checks a backup and makes it ready; the server is restarted with it after the operation has ended. Accounts, tokens and the
     * audit log of the cloudlet are replaced by those of the backup.
     *
     * @param file told how the operation ended
     * @param actor who is on record for it in the restored audit log
     * @throws org.kdcloudlet.server.error.CloudletException CONFLICT when the cloudlet is not empty, or when a backup is being made
     */
    Operation restore(InputFile file, Actor actor);
}
