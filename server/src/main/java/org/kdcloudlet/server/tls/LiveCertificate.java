package org.kdcloudlet.server.tls;

import java.util.List;
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

    private final Supplier<ServerCertificate> source;
    private final List<Consumer<ServerCertificate>> users = new CopyOnWriteArrayList<>();
    private ServerCertificate current;
    private String lastProblem = "";

    /**
     * @param source what is to be used now; asked again and again
     * @throws CloudletException STORAGE_UNUSABLE when there is none to begin with
     */
    public LiveCertificate(Supplier<ServerCertificate> source) {
        this.source = source;
        this.current = source.get();
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
        users.forEach(user -> user.accept(current));
    }
}
