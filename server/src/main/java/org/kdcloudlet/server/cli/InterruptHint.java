package org.kdcloudlet.server.cli;

import java.util.function.Supplier;

/** What becomes of long work when the command that waits for it is interrupted, said on standard error. */
final class InterruptHint {
    private InterruptHint() {}

    /** Does the work; when the program ends before it has, the text is printed. */
    static <T> T during(Supplier<T> work, String text) {
        Thread hint = new Thread(() -> System.err.println(System.lineSeparator() + text));
        Runtime.getRuntime().addShutdownHook(hint);
        T result = work.get();
        Runtime.getRuntime().removeShutdownHook(hint);
        return result;
    }
}
