package org.kdcloudlet.server.account;

import java.time.Clock;
import java.util.function.Supplier;
import org.kdcloudlet.server.storage.Database;

/**
 * Everything about who may administer this cloudlet.
 *
 * @param administrators who they are
 * @param sessions browsers in which they are logged in
 * @param tokens keys for programs
 * @param setup how the first account is made
 * @param audit who did what
 */
public record Accounts(
        Administrators administrators, Sessions sessions, ApiTokens tokens, SetupLinks setup, AuditLog audit) {
    /**
     * @param clock read in whole milliseconds
     */
    public static Accounts on(Database database, Supplier<AccountSettings> settings, Clock clock) {
        Secrets secrets = new Secrets();
        LogInThrottle throttle = new LogInThrottle(new LogInFailureRepository(database), clock);
        Administrators administrators = new Administrators(
                new AdministratorRepository(database),
                new PasswordHasher(),
                throttle,
                new KnownBrowsers(secrets, clock),
                clock);
        Sessions sessions = new Sessions(new SessionRepository(database), administrators, settings, secrets, clock);
        return new Accounts(
                administrators,
                sessions,
                new ApiTokens(new ApiTokenRepository(database), secrets, clock),
                new SetupLinks(new SetupLinkRepository(database), administrators, sessions, throttle, secrets, clock),
                new AuditLog(new AuditRepository(database), clock));
    }
}
