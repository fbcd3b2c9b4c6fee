package org.kdcloudlet.server.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kdcloudlet.server.FakeClock;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.storage.Database;

/** Administrators, their sessions and tokens, on a real database. */
class AccountsTest {
    private static final String PASSWORD = "correct horse battery";
    private static final String HERE = "192.0.2.7";

    @TempDir
    private Path folder;

    private final FakeClock clock = new FakeClock();
    private Database database;
    private Accounts accounts;

    @BeforeEach
    void open() {
        database = Database.open(folder.resolve("database.sqlite"));
        accounts = Accounts.on(database, AccountSettings::defaults, clock);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private void reopen() {
        close();
        open();
    }

    private Sessions.LogIn logIn(String name, String password) {
        return accounts.sessions().logIn(name, password, stranger(HERE));
    }

    private Optional<Actor> who(Sessions.LogIn logIn) {
        return accounts.sessions().authenticate(logIn.secret(), HERE);
    }

    private static void assertRefused(ErrorCode code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(CloudletException.class, refusal -> assertThat(refusal.code())
                .isEqualTo(code));
    }

    @Test
    void anAdministratorLogsInAndIsKnownAfterARestart() {
        accounts.administrators().add("ada", Role.OPERATOR, PASSWORD);
        Sessions.LogIn logIn = logIn("ada", PASSWORD);
        reopen();
        assertThat(who(logIn)).hasValueSatisfying(actor -> {
            assertThat(actor.name()).isEqualTo("ada");
            assertThat(actor.role()).isEqualTo(Role.OPERATOR);
            assertThat(actor.address()).isEqualTo(HERE);
        });
        assertThat(accounts.sessions().authenticate("x".repeat(100_000), HERE)).isEmpty();
        assertThat(accounts.sessions().authenticate("", HERE)).isEmpty();
    }

    @Test
    void aWrongNameAndAWrongPasswordAreRefusedAlike() {
        accounts.administrators().add("ada", Role.VIEWER, PASSWORD);
        assertThatThrownBy(() -> logIn("ada", "something else"))
                .hasMessage("Name and password do not belong together.");
        assertThatThrownBy(() -> logIn("bob", PASSWORD)).hasMessage("Name and password do not belong together.");
        assertRefused(ErrorCode.LOGIN_REFUSED, () -> logIn("x".repeat(100_000), "y".repeat(100_000)));
        assertRefused(ErrorCode.LOGIN_REFUSED, () -> logIn("", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Ada", "a b", "-a", "<img src=x onerror=alert(1)>", "a/../b", "a\u0000"})
    void badNamesAreRefused(String name) {
        assertRefused(ErrorCode.INVALID_VALUE, () -> accounts.administrators().add(name, Role.VIEWER, PASSWORD));
    }

    @Test
    void badPasswordsAreRefused() {
        assertRefused(ErrorCode.INVALID_VALUE, () -> accounts.administrators().add("ada", Role.VIEWER, "too short"));
        assertRefused(
                ErrorCode.INVALID_VALUE, () -> accounts.administrators().add("ada", Role.VIEWER, "x".repeat(201)));
        assertRefused(ErrorCode.INVALID_VALUE, () -> accounts.administrators()
                .add("ada.lovelace", Role.VIEWER, "ada.lovelace"));
    }

    @Test
    void failedLogInsOfAnAccountAreThrottledFromWhereverTheyCome() {
        accounts.administrators().add("ada", Role.VIEWER, PASSWORD);
        for (int i = 0; i < LogInThrottle.Kind.ACCOUNT.free(); i++) {
            String address = "192.0.2." + i;
            assertRefused(ErrorCode.LOGIN_REFUSED, () -> accounts.sessions()
                    .logIn("ada", "wrong password", stranger(address)));
        }
        assertRefused(ErrorCode.TOO_MANY_ATTEMPTS, () -> logIn("ada", PASSWORD));
        clock.advance(Duration.ofSeconds(3));
        assertThat(logIn("ada", PASSWORD).session().administrator()).isEqualTo("ada");
        assertRefused(ErrorCode.LOGIN_REFUSED, () -> logIn("ada", "wrong password"));
    }

    /** A browser in which nobody has logged in. */
    private static Browser stranger(String address) {
        return new Browser(address, "a browser", Optional.empty(), Optional.empty());
    }

    private Sessions.LogIn logIn(String name, String password, String mark) {
        return accounts.sessions()
                .logIn(name, password, new Browser(HERE, "a browser", Optional.empty(), Optional.of(mark)));
    }

    private void failFromElsewhere(String name) {
        for (int i = 0; i < LogInThrottle.Kind.ACCOUNT.free(); i++) {
            Browser elsewhere = stranger("198.51.100." + i);
            assertRefused(ErrorCode.LOGIN_REFUSED, () -> accounts.sessions().logIn(name, "wrong password", elsewhere));
        }
        assertRefused(ErrorCode.TOO_MANY_ATTEMPTS, () -> logIn(name, PASSWORD));
    }

    @Test
    void strangersDoNotKeepOutABrowserThatIsKnown() {
        accounts.administrators().add("ada", Role.VIEWER, PASSWORD);
        accounts.administrators().add("bob", Role.VIEWER, PASSWORD);
        String mark = logIn("ada", PASSWORD).mark();
        failFromElsewhere("ada");
        reopen();
        assertThat(logIn("ada", PASSWORD, mark).session().administrator()).isEqualTo("ada");
        assertRefused(ErrorCode.TOO_MANY_ATTEMPTS, () -> logIn("ada", PASSWORD));

        failFromElsewhere("bob");
        assertRefused(ErrorCode.TOO_MANY_ATTEMPTS, () -> logIn("bob", PASSWORD, mark));
        for (String forged : List.of("", "x", mark + "0", mark.replaceFirst("^[0-9]+", "999999999999"))) {
            assertRefused(ErrorCode.TOO_MANY_ATTEMPTS, () -> logIn("ada", PASSWORD, forged));
        }
    }

    @Test
    void aKnownBrowserIsThrottledTooAndIsKnownForAMonthOrUntilThePasswordIsAnother() {
        accounts.administrators().add("ada", Role.VIEWER, PASSWORD);
        Sessions.LogIn first = logIn("ada", PASSWORD);
        for (int i = 0; i < LogInThrottle.Kind.BROWSER.free(); i++) {
            assertRefused(ErrorCode.LOGIN_REFUSED, () -> logIn("ada", "wrong password", first.mark()));
        }
        reopen();
        assertRefused(ErrorCode.TOO_MANY_ATTEMPTS, () -> logIn("ada", PASSWORD, first.mark()));
        assertThat(logIn("ada", PASSWORD)).as("others are not its victims").isNotNull();

        clock.advance(Duration.ofHours(1));
        String mark = accounts.administrators()
                .changeOwnPassword(who(logIn("ada", PASSWORD)).orElseThrow(), PASSWORD, "another password");
        for (int i = 0; i < LogInThrottle.Kind.ACCOUNT.free(); i++) {
            Browser elsewhere = stranger("198.51.100." + i);
            assertRefused(ErrorCode.LOGIN_REFUSED, () -> accounts.sessions().logIn("ada", PASSWORD, elsewhere));
        }
        assertRefused(ErrorCode.TOO_MANY_ATTEMPTS, () -> logIn("ada", "another password", first.mark()));
        assertThat(logIn("ada", "another password", mark)).isNotNull();

        clock.advance(Duration.ofDays(30));
        for (int i = 0; i < LogInThrottle.Kind.ACCOUNT.free(); i++) {
            Browser elsewhere = stranger("198.51.100." + i);
            assertRefused(ErrorCode.LOGIN_REFUSED, () -> accounts.sessions().logIn("ada", PASSWORD, elsewhere));
        }
        assertRefused(ErrorCode.TOO_MANY_ATTEMPTS, () -> logIn("ada", "another password", mark));
    }

    @Test
    void strangersKeepNobodyFromASetupLinkNorFromChangingThePassword() {
        String code = accounts.setup().create().code();
        for (int i = 0; i < LogInThrottle.Kind.ADDRESS.free(); i++) {
            Browser elsewhere = stranger("198.51.100." + i);
            assertRefused(ErrorCode.LOGIN_REFUSED, () -> accounts.setup().use("guessed", "eve", PASSWORD, elsewhere));
        }
        Sessions.LogIn first = use(code, "ada");
        failFromElsewhere("ada");
        accounts.administrators().changeOwnPassword(who(first).orElseThrow(), PASSWORD, "another password");
        for (int i = 0; i < LogInThrottle.Kind.ADDRESS.free(); i++) {
            assertRefused(
                    ErrorCode.LOGIN_REFUSED, () -> accounts.setup().use("guessed", "eve", PASSWORD, stranger(HERE)));
        }
        assertRefused(
                ErrorCode.TOO_MANY_ATTEMPTS, () -> use(accounts.setup().create().code(), "eve"));
    }

    @Test
    void aRestartForgivesNobody() throws IOException {
        accounts.administrators().add("ada", Role.VIEWER, PASSWORD);
        for (int i = 0; i < LogInThrottle.Kind.ACCOUNT.free(); i++) {
            assertRefused(ErrorCode.LOGIN_REFUSED, () -> logIn("ada", "wrong password"));
        }
        reopen();
        assertRefused(ErrorCode.TOO_MANY_ATTEMPTS, () -> logIn("ada", PASSWORD));
        for (int i = LogInThrottle.Kind.ACCOUNT.free(); i < LogInThrottle.Kind.ADDRESS.free(); i++) {
            String name = "a password typed as a name" + i;
            assertRefused(ErrorCode.LOGIN_REFUSED, () -> logIn(name, "wrong password"));
        }
        reopen();
        assertRefused(ErrorCode.TOO_MANY_ATTEMPTS, () -> logIn("somebody else", PASSWORD));
        for (Path file : List.of(folder.resolve("database.sqlite"), folder.resolve("database.sqlite-wal"))) {
            assertThat(!Files.exists(file)
                            || !Files.readString(file, StandardCharsets.ISO_8859_1)
                                    .contains("typed as"))
                    .as("what was typed as a name is not on disk: %s", file)
                    .isTrue();
        }
        clock.advance(Duration.ofMinutes(31));
        reopen();
        assertThat(logIn("ada", PASSWORD).session().administrator()).isEqualTo("ada");
        reopen();
        assertRefused(ErrorCode.LOGIN_REFUSED, () -> logIn("ada", "wrong password"));
        assertThat(logIn("ada", PASSWORD)).isNotNull();
    }

    @Test
    void failedLogInsFromAnAddressAreThrottledWhateverTheirName() {
        accounts.administrators().add("ada", Role.VIEWER, PASSWORD);
        for (int i = 0; i < LogInThrottle.Kind.ADDRESS.free(); i++) {
            String name = "user" + i;
            assertRefused(ErrorCode.LOGIN_REFUSED, () -> logIn(name, "wrong password"));
        }
        assertRefused(ErrorCode.TOO_MANY_ATTEMPTS, () -> logIn("ada", PASSWORD));
        assertThat(accounts.sessions().logIn("ada", PASSWORD, stranger("192.0.2.8")))
                .isNotNull();
        clock.advance(Duration.ofMinutes(31));
        assertThat(logIn("ada", PASSWORD)).isNotNull();
    }

    @Test
    void theWaitGrowsButIsBounded() {
        LogInThrottle throttle = new LogInThrottle(new LogInFailureRepository(database), clock);
        for (int i = 0; i < 40; i++) {
            throttle.admit(LogInThrottle.Subject.ofStranger("ada", "192.0.2." + i));
            clock.advance(Duration.ofMinutes(5).plusSeconds(1));
        }
        throttle.admit(LogInThrottle.Subject.ofStranger("ada", "192.0.2.99"));
        assertRefused(
                ErrorCode.TOO_MANY_ATTEMPTS,
                () -> throttle.admit(LogInThrottle.Subject.ofStranger("ada", "192.0.2.98")));
    }

    @Test
    void sessionsRotateEndAndExpire() {
        accounts.administrators().add("ada", Role.VIEWER, PASSWORD);
        Sessions.LogIn first = logIn("ada", PASSWORD);
        Sessions.LogIn second = accounts.sessions()
                .logIn("ada", PASSWORD, new Browser(HERE, "a browser", Optional.of(first.secret()), Optional.empty()));
        assertThat(second.secret()).isNotEqualTo(first.secret());
        assertThat(who(first)).isEmpty();
        assertThat(who(second)).isPresent();

        accounts.sessions().end(second.session().id());
        assertThat(who(second)).isEmpty();
        assertRefused(ErrorCode.SESSION_UNKNOWN, () -> accounts.sessions()
                .end(second.session().id()));

        Sessions.LogIn idle = logIn("ada", PASSWORD);
        clock.advance(Duration.ofMinutes(59));
        assertThat(who(idle)).isPresent();
        clock.advance(Duration.ofMinutes(59));
        assertThat(who(idle)).as("a session that is used goes on").isPresent();
        clock.advance(Duration.ofMinutes(61));
        assertThat(who(idle)).isEmpty();
        assertThat(accounts.sessions().list()).isEmpty();

        Sessions.LogIn busy = logIn("ada", PASSWORD);
        for (int i = 0; i < 23; i++) {
            clock.advance(Duration.ofMinutes(30));
            assertThat(who(busy)).isPresent();
        }
        clock.advance(Duration.ofMinutes(31));
        assertThat(who(busy)).as("twelve hours are the most").isEmpty();
    }

    @Test
    void aPasswordOrRemovalEndsSessionsAndTokens() {
        accounts.administrators().add("root", Role.ADMINISTRATOR, PASSWORD);
        accounts.administrators().add("ada", Role.OPERATOR, PASSWORD);
        Sessions.LogIn one = logIn("ada", PASSWORD);
        Sessions.LogIn two = logIn("ada", PASSWORD);
        accounts.administrators().changeOwnPassword(who(one).orElseThrow(), PASSWORD, "another password");
        assertThat(who(one)).isPresent();
        assertThat(who(two)).isEmpty();
        assertRefused(ErrorCode.LOGIN_REFUSED, () -> logIn("ada", PASSWORD));
        assertRefused(ErrorCode.LOGIN_REFUSED, () -> accounts.administrators()
                .changeOwnPassword(who(one).orElseThrow(), PASSWORD, "yet another one"));

        ApiTokens.Created token =
                accounts.tokens().create(who(one).orElseThrow(), "backup", Role.OPERATOR, Duration.ofDays(1));
        accounts.administrators().setPassword("ada", "set by another one");
        assertThat(who(one)).isEmpty();
        Sessions.LogIn last = logIn("ada", "set by another one");
        accounts.administrators().remove("ada");
        assertThat(who(last)).isEmpty();
        assertThat(accounts.tokens().authenticate(token.secret(), HERE)).isEmpty();
        assertRefused(ErrorCode.USER_UNKNOWN, () -> accounts.administrators().remove("ada"));
    }

    @Test
    void aRoleHoldsAtOnceAndTheLastAdministratorStays() {
        accounts.administrators().add("root", Role.ADMINISTRATOR, PASSWORD);
        assertRefused(ErrorCode.CONFLICT, () -> accounts.administrators().remove("root"));
        assertRefused(ErrorCode.CONFLICT, () -> accounts.administrators().setRole("root", Role.OPERATOR));
        assertRefused(ErrorCode.USER_EXISTS, () -> accounts.administrators().add("root", Role.VIEWER, PASSWORD));
        accounts.administrators().add("ada", Role.ADMINISTRATOR, PASSWORD);
        Sessions.LogIn ada = logIn("ada", PASSWORD);
        accounts.administrators().setRole("ada", Role.VIEWER);
        assertThat(who(ada).orElseThrow().role()).isEqualTo(Role.VIEWER);
    }

    @Test
    void tokensExpireAreRevokedAndNeverExceedTheirOwner() {
        accounts.administrators().add("root", Role.ADMINISTRATOR, PASSWORD);
        accounts.administrators().add("ada", Role.ADMINISTRATOR, PASSWORD);
        Actor ada = who(logIn("ada", PASSWORD)).orElseThrow();
        ApiTokens tokens = accounts.tokens();
        ApiTokens.Created created = tokens.create(ada, "backup", Role.OPERATOR, Duration.ofDays(2));
        assertThat(created.secret()).startsWith(ApiTokens.PREFIX);
        assertThat(tokens.authenticate(created.secret(), HERE)).hasValueSatisfying(actor -> {
            assertThat(actor.name()).isEqualTo("token:backup");
            assertThat(actor.role()).isEqualTo(Role.OPERATOR);
        });
        accounts.administrators().setRole("ada", Role.VIEWER);
        assertThat(tokens.authenticate(created.secret(), HERE).orElseThrow().role())
                .isEqualTo(Role.VIEWER);
        Actor viewer = new Actor("ada", Role.VIEWER, Actor.Via.SESSION, HERE, Optional.empty(), Optional.of("ada"));
        assertRefused(ErrorCode.FORBIDDEN, () -> tokens.create(viewer, "more", Role.OPERATOR, Duration.ofDays(1)));
        assertRefused(ErrorCode.INVALID_VALUE, () -> tokens.create(ada, " ", Role.VIEWER, Duration.ofDays(367)));
        clock.advance(Duration.ofDays(2));
        assertThat(tokens.authenticate(created.secret(), HERE)).isEmpty();
        assertThat(tokens.expired(tokens.list().get(0))).isTrue();

        ApiTokens.Created local = tokens.create(Actor.local("root"), "cli", Role.ADMINISTRATOR, Duration.ofDays(1));
        assertThat(tokens.authenticate(local.secret(), HERE).orElseThrow().role())
                .isEqualTo(Role.ADMINISTRATOR);
        tokens.revoke(local.token().id());
        assertThat(tokens.authenticate(local.secret(), HERE)).isEmpty();
        assertRefused(ErrorCode.TOKEN_UNKNOWN, () -> tokens.revoke(local.token().id()));
    }

    @Test
    void aTokenThatWasMadeByATokenGoesWithWhoseItIs() {
        accounts.administrators().add("root", Role.ADMINISTRATOR, PASSWORD);
        accounts.administrators().add("ada", Role.ADMINISTRATOR, PASSWORD);
        ApiTokens tokens = accounts.tokens();
        Actor ada = who(logIn("ada", PASSWORD)).orElseThrow();
        String first = tokens.create(ada, "first", Role.ADMINISTRATOR, Duration.ofDays(1))
                .secret();
        Actor program = tokens.authenticate(first, HERE).orElseThrow();
        String second = tokens.create(program, "second", Role.ADMINISTRATOR, Duration.ofDays(1))
                .secret();
        accounts.administrators().setRole("ada", Role.VIEWER);
        assertThat(tokens.authenticate(second, HERE).orElseThrow().role()).isEqualTo(Role.VIEWER);
        accounts.administrators().remove("ada");
        assertThat(tokens.authenticate(second, HERE)).isEmpty();
    }

    @Test
    void aSetupLinkMakesOneAdministratorOnce() {
        SetupLinks setup = accounts.setup();
        String replaced = setup.create().code();
        String code = setup.create().code();
        assertRefused(ErrorCode.LOGIN_REFUSED, () -> use(replaced, "ada"));
        assertRefused(ErrorCode.INVALID_VALUE, () -> use(code, "Not A Name"));
        reopen();
        Sessions.LogIn first = use(code, "ada");
        assertThat(who(first).orElseThrow().role()).isEqualTo(Role.ADMINISTRATOR);
        assertRefused(ErrorCode.LOGIN_REFUSED, () -> use(code, "bob"));
        assertThat(accounts.administrators().list()).hasSize(1);

        String late = accounts.setup().create().code();
        clock.advance(Duration.ofDays(1));
        assertRefused(ErrorCode.LOGIN_REFUSED, () -> use(late, "bob"));
    }

    @Test
    void aFirstAccountThatIsMadeOtherwiseSpendsTheSetupLinkAndALaterOneDoesNot() {
        String printed = accounts.setup().create().code();
        accounts.administrators().add("ada", Role.ADMINISTRATOR, PASSWORD);
        assertRefused(ErrorCode.LOGIN_REFUSED, () -> use(printed, "eve"));
        String asked = accounts.setup().create().code();
        accounts.administrators().add("bob", Role.VIEWER, PASSWORD);
        assertThat(use(asked, "carl")).isNotNull();
    }

    private Sessions.LogIn use(String code, String name) {
        return accounts.setup().use(code, name, PASSWORD, stranger(HERE));
    }

    @Test
    void theAuditLogTellsWhoDidWhatFromWhere() {
        AuditLog audit = accounts.audit();
        Actor ada = new Actor("ada", Role.OPERATOR, Actor.Via.SESSION, HERE, Optional.of("1"), Optional.of("ada"));
        AuditLog.Entry entry = audit.begin(ada, "services.add", "");
        entry.target("demo\nforged line");
        entry.end(AuditLog.DONE);
        audit.record(Actor.local("root"), "services.remove", "demo", "SERVICE_IN_USE");
        audit.begin(ada, "instances.add", "x".repeat(5000));
        reopen();
        List<AuditEntry> all = accounts.audit().find(AuditFilter.latest(10));
        assertThat(all).extracting(AuditEntry::outcome).containsExactly("begun", "SERVICE_IN_USE", "done");
        assertThat(all.get(0).target()).hasSize(300);
        assertThat(all.get(2).target()).isEqualTo("demo?forged line");
        assertThat(all.get(2).address()).isEqualTo(HERE);

        assertThat(find(Optional.of("root"), Optional.empty())).hasSize(1);
        assertThat(find(Optional.empty(), Optional.of("services"))).hasSize(2);
        assertThat(find(Optional.empty(), Optional.of("services.add"))).hasSize(1);
        assertThat(find(Optional.empty(), Optional.of("serv"))).isEmpty();
        assertRefused(ErrorCode.INVALID_VALUE, () -> find(Optional.empty(), Optional.of("%")));
    }

    private List<AuditEntry> find(Optional<String> actor, Optional<String> action) {
        return accounts.audit()
                .find(new AuditFilter(actor, action, Optional.empty(), Optional.empty(), Optional.empty(), 100));
    }

    @Test
    void noSecretIsOnDisk() throws IOException {
        accounts.administrators().add("ada", Role.ADMINISTRATOR, PASSWORD);
        Sessions.LogIn logIn = logIn("ada", PASSWORD);
        ApiTokens.Created token = accounts.tokens().create(Actor.local("root"), "cli", Role.VIEWER, Duration.ofDays(1));
        String code = accounts.setup().create().code();
        close();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                assertThat(text.contains(PASSWORD)).isFalse();
                assertThat(text.contains(logIn.secret())).isFalse();
                assertThat(text.contains(token.secret())).isFalse();
                assertThat(text.contains(code)).isFalse();
            }
        }
        open();
    }
}
