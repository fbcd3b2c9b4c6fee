package org.kdcloudlet.server.setting;

import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.kdcloudlet.server.config.Configuration;
import org.kdcloudlet.server.config.ConfigurationException;
import org.kdcloudlet.server.config.LoadedConfiguration;
import org.kdcloudlet.server.config.Meanings;
import org.kdcloudlet.server.config.SettingValue;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.storage.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration that holds now. Whoever uses a value that may change asks {@link #current} each time. Each change has the whole
 * configuration read anew with it, so the rules are those of the file.
 */
public final class SettingService implements Settings {
    private static final Logger LOG = LoggerFactory.getLogger(SettingService.class);
    private static final int LONGEST = 200;

    private final LoadedConfiguration loaded;
    private final LiveValueRepository repository;
    private final Clock clock;
    private final Meanings meanings = new Meanings();
    private final List<Consumer<Change>> listeners = new CopyOnWriteArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Now now;

    /** What holds at one moment. */
    private record Now(LoadedConfiguration configuration, Map<String, LiveValue> live) {}

    /**
     * Something was changed.
     *
     * @param shown what holds for it now
     * @param configuration what holds as a whole
     */
    public record Change(Shown shown, Configuration configuration) {
        /** What was done, for people. */
        public String sentence() {
            String value = shown.value().value();
            return shown.live()
                    .map(live -> shown.key() + " was set to " + value + " by " + live.by())
                    .orElse(shown.key() + " was reset to " + value);
        }
    }

    /**
     * Takes up what was changed while earlier servers ran; a value that does not go with the file of today is left alone, and said so.
     *
     * @param loaded what file, environment and options say
     */
    public SettingService(LoadedConfiguration loaded, Database database, Clock clock) {
        this.loaded = loaded;
        this.repository = new LiveValueRepository(database);
        this.clock = clock;
        now = new Now(loaded, Map.of());
        for (LiveValue value : repository.all()) {
            try {
                requireLive(value.key());
                now = with(value);
            } catch (CloudletException e) {
                LOG.warn(
                        "{}, which {} set at {}, is not used: {}", value.key(), value.by(), value.at(), e.getMessage());
            }
        }
    }

    /** What holds now. */
    public Configuration current() {
        return now.configuration().configuration();
    }

    /** Is told of each change, one after another, once it holds. */
    public void listen(Consumer<Change> listener) {
        listeners.add(listener);
    }

    @Override
    public List<Shown> list() {
        Now seen = now;
        return seen.configuration().values().stream()
                .map(value -> shown(seen, value))
                .toList();
    }

    @Override
    public Shown get(String key) {
        Now seen = now;
        return seen.configuration().values().stream()
                .filter(value -> value.setting().key().equals(key))
                .findFirst()
                .map(value -> shown(seen, value))
                .orElseThrow(() -> new CloudletException(
                        ErrorCode.SETTING_UNKNOWN, "There is no setting of this name; see the list of settings."));
    }

    private Shown shown(Now seen, SettingValue value) {
        return new Shown(
                value,
                meanings.of(value.setting()),
                Optional.ofNullable(seen.live().get(value.setting().key())));
    }

    @Override
    public Shown change(String key, String text, String by) {
        requireLive(key);
        if (text.length() > LONGEST) {
            throw refused(key, "must be " + get(key).value().setting().rule());
        }
        return locked(
                () -> {
                    LiveValue value = new LiveValue(key, text.strip(), by, clock.instant());
                    Now next = with(value);
                    repository.put(value);
                    return next;
                },
                key);
    }

    @Override
    public Shown reset(String key) {
        requireLive(key);
        return locked(
                () -> {
                    Map<String, LiveValue> live = new LinkedHashMap<>(now.live());
                    live.remove(key);
                    Now next = new Now(loaded.with(texts(live)), Map.copyOf(live));
                    repository.remove(key);
                    return next;
                },
                key);
    }

    private Shown locked(Supplier<Now> step, String key) {
        lock.lock();
        try {
            Now next = step.get();
            boolean changed = !next.live().equals(now.live());
            now = next;
            Shown shown = get(key);
            if (changed) {
                listeners.forEach(listener -> listener.accept(new Change(shown, current())));
            }
            return shown;
        } finally {
            lock.unlock();
        }
    }

    private Now with(LiveValue value) {
        Map<String, LiveValue> live = new LinkedHashMap<>(now.live());
        live.put(value.key(), value);
        try {
            return new Now(loaded.with(texts(live)), Map.copyOf(live));
        } catch (ConfigurationException e) {
            String problem = e.problems().get(0);
            throw refused(
                    value.key(),
                    problem.startsWith(value.key() + " ")
                            ? problem.substring(value.key().length() + 1)
                            : problem);
        }
    }

    private static Map<String, String> texts(Map<String, LiveValue> live) {
        Map<String, String> texts = new LinkedHashMap<>();
        live.forEach((key, value) -> texts.put(key, value.text()));
        return texts;
    }

    private void requireLive(String key) {
        if (!get(key).value().setting().live()) {
            throw new CloudletException(
                    ErrorCode.SETTING_FIXED,
                    key
                            + " is read when the server starts; change it in the configuration file and start the server again.");
        }
    }

    private static CloudletException refused(String key, String rule) {
        return new CloudletException(
                ErrorCode.INVALID_VALUE,
                key + " " + rule + ".",
                Map.of("problems", List.of(Map.of("field", key, "message", rule))));
    }
}
