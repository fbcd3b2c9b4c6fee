package org.kdcloudlet.server.cli;

import java.io.PrintStream;
import java.util.function.Consumer;

/** How far long work is: a line of the terminal that changes, or one line after another. */
final class ProgressLine {
    private static final String TO_ITS_BEGIN = "\r\033[K";

    private final Consumer<String> lines;
    private final boolean moving;
    private String last = "";

    private ProgressLine(Consumer<String> lines, boolean moving) {
        this.lines = lines;
        this.moving = moving;
    }

    /** On standard error: a line that changes where there is a terminal. */
    static ProgressLine onStandardError() {
        PrintStream out = System.err;
        boolean moving = System.console() != null;
        return new ProgressLine(moving ? text -> printOver(out, text) : out::println, moving);
    }

    private static void printOver(PrintStream out, String text) {
        out.print(TO_ITS_BEGIN + text);
        out.flush();
    }

    /** Hands each line over. */
    static ProgressLine into(Consumer<String> lines) {
        return new ProgressLine(lines, false);
    }

    /** Whether a line replaces the one before, so that there may be many of them. */
    boolean isMoving() {
        return moving;
    }

    /** Shows a line, unless it is empty or the last one. */
    void show(String text) {
        if (!text.isEmpty() && !text.equals(last)) {
            last = text;
            lines.accept(text);
        }
    }

    /** Clears the line of a terminal. */
    void end() {
        if (moving) {
            lines.accept("");
        }
    }
}
