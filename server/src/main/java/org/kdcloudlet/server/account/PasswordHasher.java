package org.kdcloudlet.server.account;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;

/**
 * Hashes passwords by Argon2id (RFC 9106) with 19 MiB, 2 passes and 1 lane, the least that OWASP's password storage advice
 * names. Two at a time, so that log-ins cannot take the memory of the machines.
 */
final class PasswordHasher {
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final int LANES = 1;
    private static final int MEMORY_KIB = 19 * 1024;
    private static final int PASSES = 2;
    private static final int AT_ONCE = 2;
    private static final int MAX_WAITING = 16;

    private final Argon2PasswordEncoder encoder =
            new Argon2PasswordEncoder(SALT_BYTES, HASH_BYTES, LANES, MEMORY_KIB, PASSES);
    private final Semaphore running = new Semaphore(AT_ONCE, true);
    private final Semaphore waiting = new Semaphore(MAX_WAITING);
    private final AtomicReference<String> ofNobody = new AtomicReference<>();

    /** The hash with its salt and parameters, as text. */
    String hash(String password) {
        return bounded(() -> encoder.encode(password));
    }

    boolean matches(String password, String hash) {
        return bounded(() -> encoder.matches(password, hash));
    }

    /** Takes the time of {@link #matches} and matches nothing. */
    void matchNobody(String password) {
        bounded(() -> encoder.matches(password, hashOfNobody()));
    }

    /** Made when it is first needed, since it takes a while. */
    private String hashOfNobody() {
        String known = ofNobody.get();
        if (known == null) {
            ofNobody.compareAndSet(null, encoder.encode("nobody has this password"));
        }
        return ofNobody.get();
    }

    private <T> T bounded(Supplier<T> work) {
        if (!waiting.tryAcquire()) {
            throw new CloudletException(
                    ErrorCode.TOO_MANY_ATTEMPTS, "Too many log-ins are under way; try again in a moment.");
        }
        try {
            running.acquireUninterruptibly();
            try {
                return work.get();
            } finally {
                running.release();
            }
        } finally {
            waiting.release();
        }
    }
}
