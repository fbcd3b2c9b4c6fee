package org.kdcloudlet.server.storage;

import java.util.function.Consumer;
import org.jdbi.v3.core.statement.SqlLogger;
import org.jdbi.v3.core.statement.StatementContext;

/** Tells a test of each statement before it is executed. */
public final class DatabaseTap {
    private DatabaseTap() {}

    public static void attach(Database database, Consumer<String> tap) {
        database.jdbi().setSqlLogger(new SqlLogger() {
            @Override
            public void logBeforeExecution(StatementContext context) {
                tap.accept(context.getRawSql());
            }
        });
    }
}
