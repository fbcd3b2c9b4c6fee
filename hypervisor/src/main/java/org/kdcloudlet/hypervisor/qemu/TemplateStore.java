package org.kdcloudlet.hypervisor.qemu;

import com.fasterxml.jackson.core.JacksonException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.kdcloudlet.hypervisor.HypervisorError;
import org.kdcloudlet.hypervisor.HypervisorException;
import org.kdcloudlet.hypervisor.TemplateKey;
import org.kdcloudlet.hypervisor.qemu.host.UnprivilegedUser;
import org.kdcloudlet.hypervisor.qemu.protocol.Failures;
import org.kdcloudlet.hypervisor.qemu.protocol.Json;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The templates on disk: {@code template/<key>/} has {@code mem}, {@code state}, {@code base.qcow2}, {@code clone.qcow2},
 * {@code image} and {@code template.json}. A template appears and disappears as a whole, by a rename. Each use checks that its files
 * are those that were frozen: the user of its clones has to be able to write its memory, and a clone that was taken over might.
 */
final class TemplateStore {
    /** An empty overlay on the template's disk, copied for each clone. */
    static final String CLONE_DISK = "clone.qcow2";

    static final String STATE = "state";

    private static final Logger LOG = LoggerFactory.getLogger(TemplateStore.class);
    private static final String RECORD = "template.json";
    private static final String UNFINISHED = "new-";
    private static final String REMOVED = "old-";

    private final Path folder;
    private final String environment;
    private final MachineAccounts accounts;
    private final Map<TemplateKey, TemplateRecord> templates = new ConcurrentHashMap<>();
    private final ReadWriteLock lock = new ReentrantReadWriteLock(true);

    /**
     * @param environment of this host now; templates of another are removed, unless they cannot be made anew
     */
    TemplateStore(Path folder, String environment, MachineAccounts accounts) {
        this.folder = folder;
        this.environment = environment;
        this.accounts = accounts;
    }

    /** Reads what is there and removes what is left of unfinished work. */
    void load() {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder)) {
            for (Path template : found) {
                load(template);
            }
        } catch (IOException e) {
            throw Failures.of("Could not read the templates", e);
        }
    }

    private void load(Path template) throws IOException {
        String name = template.getFileName().toString();
        if (name.startsWith(UNFINISHED) || name.startsWith(REMOVED)) {
            FileTree.remove(template);
            return;
        }
        Optional<TemplateRecord> record = read(template);
        record.ifPresent(known -> accounts.take(known.user()));
        if (record.filter(known -> known.environment().equals(environment)).isPresent()) {
            templates.put(new TemplateKey(name), record.get());
        } else if (record.filter(TemplateRecord::edited).isPresent()) {
            LOG.warn("Template {} was made with another QEMU or CPU and cannot be used; its disk is kept", name);
        } else {
            LOG.info("Template {} was made with another QEMU or CPU, or is not whole; removed", name);
            accounts.release(record.flatMap(TemplateRecord::user));
            discard(template);
        }
    }

    private static Optional<TemplateRecord> read(Path template) throws IOException {
        Path file = template.resolve(RECORD);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            TemplateRecord record = Json.MAPPER.readValue(Files.readAllBytes(file), TemplateRecord.class);
            return Optional.of(record)
                    .filter(known -> known.version() == TemplateRecord.VERSION
                            && known.key().equals(template.getFileName().toString()));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    String environment() {
        return environment;
    }

    Path folder(TemplateKey key) {
        return folder.resolve(key.value());
    }

    /** Those that can be used. */
    List<TemplateRecord> all() {
        return templates.keySet().stream()
                .map(this::find)
                .flatMap(Optional::stream)
                .toList();
    }

    /** The template of a key. One that was changed behind our back is removed. */
    Optional<TemplateRecord> find(TemplateKey key) {
        TemplateRecord record = templates.get(key);
        if (record == null) {
            return Optional.empty();
        }
        Optional<String> change = change(record);
        if (change.isPresent()) {
            LOG.error("Template {} was changed behind our back and is removed: {}", key.value(), change.get());
            remove(key);
            return Optional.empty();
        }
        return Optional.of(record);
    }

    /** What is done with a template that has to stay as it is meanwhile. */
    @FunctionalInterface
    interface Use<T> {
        T with(TemplateRecord template) throws IOException;
    }

    /**
     * Uses a template; it is neither removed nor replaced before the use is over.
     *
     * @throws HypervisorException {@link HypervisorError#TEMPLATE_INVALID} if it is gone or was changed; then it is removed
     */
    <T> T use(TemplateKey key, Use<T> use) throws IOException {
        lock.readLock().lock();
        try {
            TemplateRecord record = templates.get(key);
            if (record != null && change(record).isEmpty()) {
                return use.with(record);
            }
        } finally {
            lock.readLock().unlock();
        }
        find(key);
        throw new HypervisorException(
                HypervisorError.TEMPLATE_INVALID,
                "Template " + key.value() + " is gone or was changed; it has to be made anew");
    }

    private Optional<String> change(TemplateRecord record) {
        Path files = folder(new TemplateKey(record.key()));
        try {
            for (FileStamp stamp : record.stamps()) {
                if (!FileStamp.of(files.resolve(stamp.name())).equals(stamp)) {
                    return Optional.of(stamp.name());
                }
            }
            for (FileStamp stamp : record.linked()) {
                if (!FileStamp.of(files.resolve(stamp.name())).hasContentOf(stamp)) {
                    return Optional.of(stamp.name());
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /** A folder for a template that is being made, for the user of its clones to pass. */
    Path newFolder(Optional<UnprivilegedUser> user) throws IOException {
        Path unfinished = folder.resolve(UNFINISHED + UUID.randomUUID());
        FileTree.createFolder(unfinished, "rwx------");
        MachineAccounts.letPass(unfinished, user);
        return unfinished;
    }

    /** Makes a finished folder the template of its key, instead of an earlier one. */
    void publish(Path finished, TemplateRecord record) throws IOException {
        TemplateKey key = new TemplateKey(record.key());
        FileTree.replaceDurably(finished.resolve(RECORD), Json.MAPPER.writeValueAsBytes(record));
        lock.writeLock().lock();
        try {
            remove(key);
            Files.move(finished, folder(key), StandardCopyOption.ATOMIC_MOVE);
            FileTree.sync(folder);
            accounts.take(record.user());
            templates.put(key, record);
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Removes a template; does nothing if it is gone. Clones have opened or linked all that they need of it. */
    void remove(TemplateKey key) {
        lock.writeLock().lock();
        try {
            TemplateRecord record = templates.remove(key);
            if (record != null) {
                accounts.release(record.user());
                discard(folder(key));
            }
        } catch (IOException e) {
            throw Failures.of("Could not remove template " + key.value(), e);
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void discard(Path template) throws IOException {
        Path removed = folder.resolve(REMOVED + UUID.randomUUID());
        Files.move(template, removed, StandardCopyOption.ATOMIC_MOVE);
        FileTree.remove(removed);
    }
}
