package org.kdcloudlet.server.app;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.error.Problems;
import org.kdcloudlet.server.operation.Events;
import org.kdcloudlet.server.storage.Database;

/** The app store, kept in memory and written through to the database; packages are files. */
public final class AppService implements Apps {
    private static final int ID_BYTES = 12;

    private final AppRepository repository;
    private final AppFiles files;
    private final ApkInspection inspection;
    private final Path work;
    private final Events events;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, App> byId = new ConcurrentHashMap<>();

    /**
     * @param folder of the packages
     * @param work folder for what is needed for a moment, emptied at start by others
     */
    public AppService(
            Database database, Path folder, Path work, Supplier<AppSettings> settings, Events events, Clock clock) {
        this.repository = new AppRepository(database);
        this.files = new AppFiles(folder);
        this.inspection = new ApkInspection(() -> settings.get().readDeadline());
        this.work = work;
        this.events = events;
        this.clock = clock;
        repository.apps().forEach(app -> byId.put(app.id(), app));
    }

    /** Makes folder and database agree after whatever ended the server before; to be called once. */
    public void reconcile() {
        locked(() -> true);
    }

    private void sweep() {
        files.sweep(byId.values().stream().map(app -> app.content().sha256()).collect(Collectors.toSet()));
    }

    @Override
    public List<App> list() {
        return byId.values().stream()
                .sorted(Comparator.comparing(app -> app.details().packageName()))
                .toList();
    }

    @Override
    public Optional<App> find(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    @Override
    public App get(String id) {
        return find(id).orElseThrow(() ->
                new CloudletException(ErrorCode.APP_UNKNOWN, "There is no app of this id; see the list of apps."));
    }

    @Override
    public App add(Path file, AppMetadata metadata) {
        try {
            check(metadata);
            ApkReader.Found found = inspection.read(file, work);
            App app = locked(() -> record(found, file, metadata));
            tell("app.added", app, "was added");
            return app;
        } finally {
            AppFiles.remove(file);
        }
    }

    private App record(ApkReader.Found found, Path file, AppMetadata metadata) {
        String packageName = found.details().packageName();
        byId.values().stream()
                .filter(app -> app.details().packageName().equals(packageName))
                .findFirst()
                .ifPresent(app -> {
                    throw new CloudletException(
                            ErrorCode.APP_EXISTS,
                            "There is an app of package " + packageName + " already; replace its package instead.",
                            Map.of("id", app.id()));
                });
        Instant now = clock.instant();
        App app = new App(newId(now), found.details(), files.store(file, found.icon()), metadata, now, now);
        repository.add(app);
        byId.put(app.id(), app);
        return app;
    }

    /** Time first, as in the ids of the reference system. */
    private String newId(Instant now) {
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        long seconds = now.getEpochSecond();
        for (int i = 0; i < Integer.BYTES; i++) {
            id[i] = (byte) (seconds >> (Byte.SIZE * (Integer.BYTES - 1 - i)));
        }
        return HexFormat.of().formatHex(id);
    }

    private static void check(AppMetadata metadata) {
        Problems problems = new Problems();
        metadata.check(problems);
        problems.throwIfAny();
    }

    @Override
    public App edit(String id, AppMetadata metadata) {
        check(metadata);
        App edited = locked(() -> update(get(id).with(metadata, clock.instant())));
        tell("app.edited", edited, "was edited");
        return edited;
    }

    private App update(App app) {
        repository.update(app);
        byId.put(app.id(), app);
        return app;
    }

    @Override
    public App replace(String id, Path file, boolean older) {
        try {
            get(id);
            ApkReader.Found found = inspection.read(file, work);
            App replaced = locked(() -> {
                App before = get(id);
                checkSuccessor(before.details(), found.details(), older);
                return update(before.with(found.details(), files.store(file, found.icon()), clock.instant()));
            });
            tell(
                    "app.replaced",
                    replaced,
                    "is now version " + replaced.details().versionName());
            return replaced;
        } finally {
            AppFiles.remove(file);
        }
    }

    private static void checkSuccessor(PackageDetails before, PackageDetails after, boolean older) {
        if (!before.packageName().equals(after.packageName())) {
            throw new CloudletException(
                    ErrorCode.CONFLICT,
                    "This is package " + after.packageName() + ", not " + before.packageName()
                            + "; add it as an app of its own.");
        }
        if (!older && after.versionCode() <= before.versionCode()) {
            throw new CloudletException(
                    ErrorCode.CONFLICT,
                    "Version code " + after.versionCode() + " is not above the present one, " + before.versionCode()
                            + ", so devices would not update; raise it, or ask for the older one expressly.",
                    Map.of("version_code", after.versionCode(), "present", before.versionCode()));
        }
    }

    @Override
    public void remove(String id) {
        App removed = locked(() -> {
            App app = get(id);
            repository.remove(app);
            byId.remove(id);
            return app;
        });
        tell("app.removed", removed, "was removed");
    }

    @Override
    public Optional<Download> open(String id) {
        // The file of a package that is replaced just now is gone before this opens it: then there is a newer one.
        for (Optional<App> app = find(id); app.isPresent(); ) {
            App seen = app.get();
            Optional<Download> download = files.open(seen.content()).map(file -> new Download(seen, file));
            app = find(id);
            if (download.isPresent() || app.equals(Optional.of(seen))) {
                return download;
            }
        }
        return Optional.empty();
    }

    @Override
    public Optional<byte[]> icon(String id) {
        return find(id).flatMap(app -> files.icon(app.content()));
    }

    /** Makes a change alone, and sees to it that no file stays that no record names, whatever comes of the change. */
    private <T> T locked(Supplier<T> change) {
        lock.lock();
        try {
            return change.get();
        } finally {
            sweep();
            lock.unlock();
        }
    }

    private void tell(String type, App app, String what) {
        events.publish(
                type,
                Map.of("app", app.id(), "package", app.details().packageName()),
                "App " + app.details().packageName() + " " + what);
    }
}
