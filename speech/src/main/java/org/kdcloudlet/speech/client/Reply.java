package org.kdcloudlet.speech.client;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The parts of what a service says: {@code Speech output: <words>  [file_create: <n>ms , processing: <n> ms.]}. */
record Reply(String words, boolean recognized) {
    private static final Pattern RECOGNIZED = Pattern.compile("Speech output: (.*) \\[file_create: .*", Pattern.DOTALL);

    static Reply of(String text) {
        Matcher matcher = RECOGNIZED.matcher(text);
        return matcher.matches() ? new Reply(matcher.group(1).strip(), true) : new Reply(text.strip(), false);
    }
}
