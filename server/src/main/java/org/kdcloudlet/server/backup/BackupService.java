package org.kdcloudlet.server.backup;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.kdcloudlet.hypervisor.Reverter;
import org.kdcloudlet.server.account.Actor;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.operation.InputFile;
import org.kdcloudlet.server.operation.Operation;
import org.kdcloudlet.server.operation.OperationContext;
import org.kdcloudlet.server.operation.Operations;
import org.kdcloudlet.server.storage.DataDirectory;
import org.kdcloudlet.server.storage.Database;
import org.kdcloudlet.server.storage.ForeignDatabase;

/** Makes and restores backups, as operations. */
public final class BackupService implements Backups {
    private static final String SUFFIX = ".kdbackup";
    private static final Duration DEADLINE = Duration.ofHours(12);
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    /**
     * What it works with.
     *
     * @param spare how many bytes may still be written to the disk
     * @param tryOut reads a restored database as a start would, and throws when that would fail
     * @param restart has the server started anew, soon
     */
    public record Parts(
            String cloudlet,
            String program,
            Database database,
            DataDirectory directory,
            Operations operations,
            LongSupplier spare,
            Consumer<Database> tryOut,
            Runnable restart,
            Clock clock) {}

    private final Parts parts;
    private final PendingRestore pending;
    private final AtomicBoolean busy = new AtomicBoolean();

    /** Removes what an earlier server left. */
    public BackupService(Parts parts) {
        this.parts = parts;
        this.pending = new PendingRestore(parts.directory());
        PendingRestore.empty(parts.directory().backups());
    }

    @Override
    public Operation create(boolean images) {
        return exclusively(() -> parts.operations().start(CREATE, parts.cloudlet(), DEADLINE, context -> {
            try {
                createNow(context, images);
            } finally {
                busy.set(false);
            }
        }));
    }

    /** One at a time: {@code busy} is reset by the end of the operation, or here when there is none. */
    private Operation exclusively(Supplier<Operation> start) {
        if (!busy.compareAndSet(false, true)) {
            throw new CloudletException(
                    ErrorCode.CONFLICT, "A backup is being made or restored already; see './cloudlet operation list'.");
        }
        boolean started = false;
        try {
            Operation operation = start.get();
            started = true;
            return operation;
        } finally {
            if (!started) {
                busy.set(false);
            }
        }
    }

    private void createNow(OperationContext context, boolean images) {
        Path folder = parts.directory().backups();
        Path copy = folder.resolve("database.copy");
        Instant now = parts.clock().instant();
        Path file = folder.resolve(parts.cloudlet() + "-" + STAMP.format(now) + SUFFIX);
        context.step("copy the database");
        requireRoom();
        try (Reverter always = new Reverter()) {
            always.add("remove the copy of the database", () -> Files.deleteIfExists(copy));
            try (BackupSource source =
                    BackupSource.take(parts.database(), parts.directory(), copy, images, context::log)) {
                int schema = new ForeignDatabase(copy).check();
                BackupManifest manifest =
                        new BackupManifest(parts.cloudlet(), parts.program(), schema, now, images, source.members());
                context.step("write the backup");
                Optional<Backup> former = find();
                new BackupWriter(manifest, source, this::requireRoom, context.progress()).write(file, context::commit);
                former.filter(backup -> !backup.name().equals(file.getFileName().toString()))
                        .ifPresent(backup -> remove(backup.name()));
            }
            context.result(file.getFileName().toString());
        } catch (IOException e) {
            throw PendingRestore.failure(e);
        }
    }

    private void requireRoom() {
        if (parts.spare().getAsLong() < 0) {
            throw new CloudletException(
                    ErrorCode.STORAGE_FULL, "The disk has no room for the backup; free some space.");
        }
    }

    @Override
    public Optional<Backup> find() {
        try (Stream<Path> files = Files.list(parts.directory().backups())) {
            Optional<Path> file =
                    files.filter(path -> path.toString().endsWith(SUFFIX)).max(Path::compareTo);
            return file.isPresent() ? Optional.of(backup(file.get())) : Optional.empty();
        } catch (NoSuchFileException removedMeanwhile) {
            return Optional.empty();
        } catch (IOException e) {
            throw PendingRestore.failure(e);
        }
    }

    private static Backup backup(Path file) throws IOException {
        return new Backup(
                file.getFileName().toString(),
                Files.size(file),
                Files.getLastModifiedTime(file).toInstant());
    }

    private Path known(String name) {
        return find().filter(backup -> backup.name().equals(name))
                .map(backup -> parts.directory().backups().resolve(backup.name()))
                .orElseThrow(() -> new CloudletException(
                        ErrorCode.BACKUP_UNKNOWN, "There is no backup of this name any more; make one."));
    }

    @Override
    public Download open(String name) {
        Path file = known(name);
        try {
            return new Download(backup(file), FileChannel.open(file, StandardOpenOption.READ));
        } catch (IOException e) {
            throw PendingRestore.failure(e);
        }
    }

    @Override
    public void remove(String name) {
        try {
            Files.deleteIfExists(known(name));
        } catch (IOException e) {
            throw PendingRestore.failure(e);
        }
    }

    @Override
    public void requireEmpty() {
        if (!BackupRepository.isEmpty(parts.database())) {
            throw new CloudletException(
                    ErrorCode.CONFLICT,
                    "This cloudlet has services, apps or instances, which a restore would replace; remove them first, or"
                            + " restore on another data directory.");
        }
    }

    @Override
    public Operation restore(InputFile file, Actor actor) {
        requireEmpty();
        Operations.Job job = context -> {
            boolean restarts = false;
            try {
                restoreNow(context, file.path(), actor);
                restarts = true;
            } finally {
                busy.set(restarts);
            }
        };
        return exclusively(() -> parts.operations().start(RESTORE, parts.cloudlet(), DEADLINE, file.readBy(job)));
    }

    private void restoreNow(OperationContext context, Path file, Actor actor) {
        context.step("read and check the backup");
        try (Reverter undo = new Reverter()) {
            undo.add("remove what was unpacked", pending::discard);
            Path folder = pending.begin();
            BackupManifest manifest = BackupReader.read(file, folder, this::requireRoom, context.progress());
            Path database = folder.resolve(BackupManifest.DATABASE);
            context.step("try the database");
            int schema = new ForeignDatabase(database).check();
            String target = "backup of " + manifest.cloudlet() + " of " + manifest.created();
            try (Database restored = Database.open(database)) {
                BackupRepository.adopt(restored, actor, parts.clock().instant(), target);
                parts.tryOut().accept(restored);
            } catch (CloudletException e) {
                throw e.code() == ErrorCode.STORAGE_FULL || e.code() == ErrorCode.BACKUP_INVALID
                        ? e
                        : ForeignDatabase.invalid("its database cannot be used: " + e.getMessage());
            } catch (IllegalArgumentException | NullPointerException e) {
                throw ForeignDatabase.invalid("its database has values that no KD-Cloudlet writes");
            }
            context.log(
                    target + " (schema " + schema + "), " + (manifest.images() ? "with" : "without") + " disk images");
            PendingRestore.sync(database);
            requireEmpty();
            context.commit();
            pending.ready();
            undo.commit();
        } catch (IOException e) {
            throw PendingRestore.failure(e);
        }
        context.result("The server starts anew with it.");
        parts.restart().run();
    }
}
