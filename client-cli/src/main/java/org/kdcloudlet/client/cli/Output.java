package org.kdcloudlet.client.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IFactory;

/** Prints results, as a table for people or as JSON for machines. */
final class Output {
    private final PrintStream out;
    private final Gson gson =
            new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

    Output(PrintStream out) {
        this.out = out;
    }

    /** Hands the output to commands that want it. */
    record Factory(Output output) implements IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            K command = CommandLine.defaultFactory().create(type);
            if (command instanceof DeviceCommand device) {
                device.output = output;
            }
            return command;
        }
    }

    void json(JsonElement element) {
        out.println(gson.toJson(element));
    }

    void line(String text) {
        out.println(shown(text));
    }

    /** Columns as wide as they have to be. */
    void table(List<String> titles, List<List<String>> rows) {
        List<List<String>> all = new ArrayList<>(List.of(titles));
        rows.forEach(row -> all.add(row.stream().map(Output::shown).toList()));
        for (List<String> row : all) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                int at = column;
                int width =
                        all.stream().mapToInt(one -> one.get(at).length()).max().orElse(0);
                line.append(row.get(column))
                        .append(" ".repeat(width - row.get(column).length() + 2));
            }
            out.println(line.toString().stripTrailing());
        }
    }

    /** Texts of cloudlets may hold anything; a terminal gets nothing that would steer it. */
    private static String shown(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}]", "?");
    }
}
