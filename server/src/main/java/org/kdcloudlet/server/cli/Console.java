package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What commands print: tables and values for people, JSON for programs. Control characters in what came from elsewhere are
 * shown as a question mark, so that a service's name cannot drive the terminal.
 */
final class Console {
    /** As wide as a SHA-256. */
    private static final int WIDEST_CELL = 64;

    private final ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private final PrintStream out;

    Console(PrintStream out) {
        this.out = out;
    }

    void json(JsonNode value) {
        try {
            out.println(json.writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree can always be written", e);
        }
    }

    void line(String text) {
        out.println(printable(text));
    }

    /** Text of many lines, such as a log; line ends are kept. */
    void text(String text) {
        text.lines().forEach(this::line);
    }

    /** Prints one row per list, below a header, in columns as wide as they need to be. */
    void table(List<String> header, List<List<String>> rows) {
        List<List<String>> all = new ArrayList<>();
        all.add(header);
        for (List<String> row : rows) {
            all.add(row.stream().map(Console::cell).toList());
        }
        int[] widths = new int[header.size()];
        for (List<String> row : all) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        for (List<String> row : all) {
            out.println(formatRow(row, widths));
        }
    }

    /** Prints pairs of a name and a value, one a line. */
    void properties(List<List<String>> pairs) {
        int width = pairs.stream().mapToInt(pair -> pair.get(0).length()).max().orElse(0);
        for (List<String> pair : pairs) {
            out.println(String.format("%-" + (width + 2) + "s%s", pair.get(0), printable(pair.get(1))));
        }
    }

    /** A number of bytes in the largest binary unit that leaves at least one before the point. */
    static String size(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
    }

    private static String formatRow(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            line.append(String.format("%-" + Math.max(widths[column], 1) + "s  ", row.get(column)));
        }
        return line.toString().stripTrailing();
    }

    private static String cell(String text) {
        String printable = printable(text);
        return printable.length() <= WIDEST_CELL ? printable : printable.substring(0, WIDEST_CELL - 1) + "…";
    }

    /** A text without what would drive a terminal. */
    static String printable(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}\\u2028\\u2029]", "?");
    }
}
