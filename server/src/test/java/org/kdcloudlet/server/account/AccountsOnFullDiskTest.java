package org.kdcloudlet.server.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kdcloudlet.server.FakeClock;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.storage.Database;
import org.kdcloudlet.server.storage.TemporaryMount;

/** Who is logged in can make room on a full disk. */
class AccountsOnFullDiskTest {
    @TempDir
    private Path folder;

    private final FakeClock clock = new FakeClock();

    @Test
    void sessionsTokensAndChangesGoOnWhileTheDiskIsFull() throws Exception {
        try (TemporaryMount mount = TemporaryMount.of(folder, "1m")) {
            assumeTrue(mount.mounted(), "mounting takes root");
            try (Database database = Database.open(mount.path().resolve("test.sqlite"))) {
                Accounts accounts = Accounts.on(database, AccountSettings::defaults, clock);
                accounts.administrators().add("ada", Role.ADMINISTRATOR, "a good password");
                Sessions.LogIn logIn = accounts.sessions()
                        .logIn(
                                "ada",
                                "a good password",
                                new Browser("192.0.2.1", "", Optional.empty(), Optional.empty()));
                ApiTokens.Created token =
                        accounts.tokens().create(Actor.local("root"), "cli", Role.VIEWER, Duration.ofDays(1));
                mount.fill();
                fillUntilRefused(accounts.setup());

                clock.advance(Duration.ofMinutes(5));
                Optional<Actor> ada = accounts.sessions().authenticate(logIn.secret(), "192.0.2.1");
                assertThat(ada).isPresent();
                assertThat(accounts.tokens().authenticate(token.secret(), "192.0.2.1"))
                        .isPresent();
                AuditLog.Entry entry = accounts.audit().begin(ada.get(), "services.remove", "demo");
                entry.end(AuditLog.DONE);
                mount.free();
                accounts.audit().record(ada.get(), "services.add", "demo", AuditLog.DONE);
                assertThat(accounts.audit().find(AuditFilter.latest(1)))
                        .extracting(AuditEntry::action)
                        .containsExactly("services.add");
            }
        }
    }

    private static void fillUntilRefused(SetupLinks links) {
        for (int i = 0; i < 100_000; i++) {
            try {
                links.create();
            } catch (CloudletException full) {
                assertThat(full.code()).isEqualTo(ErrorCode.STORAGE_FULL);
                return;
            }
        }
        throw new AssertionError("The disk never was full");
    }
}
