package org.kdcloudlet.server.storage;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteConfig.TransactionMode;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The database. What a write returned from survives the death of the process and of the machine (write-ahead log, synced at
 * each commit). There is one writer at a time; readers do not wait for it. The SQL in use is plain, so that another
 * database can take its place.
 */
public final class Database implements AutoCloseable {
    private static final Duration BUSY = Duration.ofSeconds(10);
    private static final int CONNECTIONS = 4;
    private static final int PRIMARY_CODE = 0xff;

    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final ReentrantLock writer = new ReentrantLock(true);

    private Database(HikariDataSource pool) {
        this.pool = pool;
        this.jdbi = Jdbi.create(pool);
    }

    /**
     * Opens a database, made or brought up to date where that is needed.
     *
     * @throws CloudletException STORAGE_UNUSABLE when it is of a newer program, damaged or not writable; STORAGE_FULL
     */
    public static Database open(Path file) {
        SQLiteDataSource source = source(file);
        try {
            new Schema(source, file).bringUpToDate();
        } catch (SQLException e) {
            throw translate(e, e);
        }
        HikariConfig config = new HikariConfig();
        config.setPoolName("database");
        config.setDataSource(source);
        config.setMaximumPoolSize(CONNECTIONS);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(BUSY.toMillis());
        config.setMaxLifetime(0);
        return new Database(new HikariDataSource(config));
    }

    private static SQLiteDataSource source(Path file) {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(JournalMode.WAL);
        config.setSynchronous(SynchronousMode.FULL);
        config.enforceForeignKeys(true);
        config.setBusyTimeout((int) BUSY.toMillis());
        // A transaction that reads first and writes later could otherwise find that another wrote in between, and fail.
        config.setTransactionMode(TransactionMode.IMMEDIATE);
        SQLiteDataSource source = new SQLiteDataSource(config);
        source.setUrl("jdbc:sqlite:" + file);
        return source;
    }

    /** Reads; each statement sees what was committed before it. */
    public <T> T read(Function<Handle, T> query) {
        try {
            return jdbi.withHandle(query::apply);
        } catch (JdbiException e) {
            throw translate(e);
        }
    }

    /**
     * Writes in one transaction, which is on disk when this returns and left no trace when this throws.
     *
     * @throws CloudletException STORAGE_FULL; STORAGE_UNUSABLE for other failures of the database
     */
    public <T> T write(Function<Handle, T> change) {
        writer.lock();
        try {
            return jdbi.inTransaction(change::apply);
        } catch (JdbiException e) {
            throw translate(e);
        } finally {
            writer.unlock();
        }
    }

    /** {@link #write} of what has no answer. */
    public void change(Consumer<Handle> change) {
        write(handle -> {
            change.accept(handle);
            return true;
        });
    }

    /**
     * Writes a copy of everything that is committed by now into a new file; writers and readers go on meanwhile.
     *
     * @throws CloudletException STORAGE_FULL; STORAGE_UNUSABLE for other failures
     */
    public void copyTo(Path file) {
        read(handle -> handle.createUpdate("VACUUM INTO :file")
                .bind("file", file.toString())
                .execute());
    }

    Jdbi jdbi() {
        return jdbi;
    }

    private static CloudletException translate(JdbiException exception) {
        for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException failure) {
                return translate(failure, exception);
            }
        }
        return new CloudletException(ErrorCode.INTERNAL, "The database refused: " + exception.getMessage(), exception);
    }

    private static CloudletException translate(SQLException failure, Exception exception) {
        if (failure instanceof SQLiteException sqlite) {
            SQLiteErrorCode code = sqlite.getResultCode();
            // The second is what a full disk gives when the index of the write-ahead log has to grow.
            if (code == SQLiteErrorCode.SQLITE_FULL || code == SQLiteErrorCode.SQLITE_IOERR_SHMSIZE) {
                return new CloudletException(
                        ErrorCode.STORAGE_FULL,
                        "No space left for the database; free some in the data directory",
                        exception);
            }
            if ((code.code & PRIMARY_CODE) == SQLiteErrorCode.SQLITE_CONSTRAINT.code) {
                return new CloudletException(ErrorCode.CONFLICT, "The database refused a contradiction", exception);
            }
        }
        return new CloudletException(
                ErrorCode.STORAGE_UNUSABLE, "The database does not work: " + failure.getMessage(), exception);
    }

    @Override
    public void close() {
        pool.close();
    }
}
