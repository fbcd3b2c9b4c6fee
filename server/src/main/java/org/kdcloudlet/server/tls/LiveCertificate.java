package org.kdcloudlet.server.tls;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.kdcloudlet.server.error.CloudletException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate of a server while that runs: whoever uses it is told when another takes its place. One that cannot be read leaves the
 * former in use.
 */
public final class LiveCertificate {
    private static final Logger LOG = LoggerFactory.getLogger(LiveCertificate.class);

    private static final Duration SOON = Duration.ofDays(14);

    private final Supplier<ServerCertificate> source;
    private final List<Consumer<ServerCertificate>> users = new CopyOnWriteArrayList<>();
    private final Clock clock;
    private ServerCertificate current;
    private String lastProblem = "";
    private Optional<String> lastWarning = Optional.empty();

    /**
     * @param source what is to be used now; asked again and again
     * @param clock says whether it is good today; one that is not is used nevertheless, so that the cloudlet can be administered
     * @throws CloudletException STORAGE_UNUSABLE when there is none to begin with
     */
    public LiveCertificate(Supplier<ServerCertificate> source, Clock clock) {
        this.source = source;
        this.clock = clock;
        this.current = source.get();
        warn();
    }

    /** What is in use. */
    public synchronized ServerCertificate current() {
        return current;
    }

    /** Has somebody told of each certificate that takes the place of the present one. */
    public void onReplaced(Consumer<ServerCertificate> user) {
        users.add(user);
    }

    /** Looks whether another certificate is to be used by now, and has it used. */
    public synchronized void look() {
        try {
            ServerCertificate now = source.get();
            lastProblem = "";
            if (now.certificate().equals(current.certificate())) {
                warn();
                return;
            }
            current = now;
        } catch (CloudletException e) {
            if (!lastProblem.equals(e.getMessage())) {
                LOG.warn("the former certificate stays in use: {}", e.getMessage());
            }
            lastProblem = e.getMessage();
            return;
        }
        LOG.info(
                "another certificate is in use, good until {}",
                current.certificate().getNotAfter().toInstant());
        warn();
        users.forEach(user -> user.accept(current));
    }

    private void warn() {
        Optional<String> warning = warning();
        if (!warning.equals(lastWarning)) {
            warning.ifPresent(text -> LOG.warn("the certificate of the Manager {}", text));
        }
        lastWarning = warning;
    }

    /** What is wrong with the days for which the certificate is good, or soon will be. */
    public synchronized Optional<String> warning() {
        Instant now = clock.instant();
        Instant begins = current.certificate().getNotBefore().toInstant();
        Instant ends = current.certificate().getNotAfter().toInstant();
        if (now.isBefore(begins)) {
            return Optional.of("is good from " + begins + " on only; until then browsers and commands refuse it");
        }
        if (!now.isBefore(ends)) {
            return Optional.of("expired at " + ends + "; browsers and commands refuse it");
        }
        return now.plus(SOON).isBefore(ends) ? Optional.empty() : Optional.of("expires at " + ends);
    }
}
