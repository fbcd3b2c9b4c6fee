package org.kdcloudlet.hypervisor.qemu.protocol;

/** Makes what a guest says fit to be shown in errors and logs: one short line without control characters, whatever it sent. */
public final class GuestWords {
    private static final int MOST_CHARACTERS = 200;

    private GuestWords() {}

    /** The first 200 characters, each that cannot be printed replaced by a question mark. */
    public static String shown(String words) {
        StringBuilder shown = new StringBuilder();
        words.codePoints()
                .limit(MOST_CHARACTERS)
                .map(character -> isPrintable(character) ? character : '?')
                .forEach(shown::appendCodePoint);
        return shown.toString();
    }

    private static boolean isPrintable(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE,
                    Character.SURROGATE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
