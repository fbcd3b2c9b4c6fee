package org.kdcloudlet.benchmark;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Prints figures as they come, as a table or as one JSON object a line, and keeps the raw samples in a CSV file. */
final class Report {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final PrintStream out;
    private final boolean json;
    private final List<Figure> figures = new ArrayList<>();

    Report(PrintStream out, boolean json) {
        this.out = out;
        this.json = json;
        if (!json) {
            out.printf("%-34s %12s %12s %8s %9s %8s%n", "figure", "value", "floor", "ratio", "limit", "samples");
        }
    }

    void add(Figure figure) {
        figures.add(figure);
        out.println(json ? asJson(figure) : asRow(figure));
        out.flush();
    }

    boolean allPass() {
        return figures.stream().allMatch(Figure::pass);
    }

    /** Writes every sample as {@code figure,side,index,value,unit}. */
    void writeSamples(Path csv) throws IOException {
        List<String> lines = new ArrayList<>(List.of("figure,side,index,value,unit"));
        for (Figure figure : figures) {
            addLines(lines, figure, "value", figure.samples());
            addLines(lines, figure, "floor", figure.floorSamples());
        }
        Files.createDirectories(csv.toAbsolutePath().getParent());
        Files.write(csv, lines);
    }

    private static void addLines(List<String> lines, Figure figure, String side, List<Double> samples) {
        for (int i = 0; i < samples.size(); i++) {
            lines.add(String.format(
                    Locale.ROOT, "%s,%s,%d,%.3f,%s", figure.name(), side, i, samples.get(i), figure.unit()));
        }
    }

    private static String asJson(Figure figure) {
        ObjectNode node = JSON.createObjectNode();
        node.put("figure", figure.name());
        node.put("value", rounded(figure.value()));
        node.put("unit", figure.unit());
        node.put("floor", rounded(figure.floor()));
        node.put("ratio", rounded(figure.ratio()));
        if (figure.limit().isPresent()) {
            node.put("limit", figure.limit().getAsDouble());
        } else {
            node.putNull("limit");
        }
        node.put("samples", figure.samples().size());
        node.put("pass", figure.pass());
        return node.toString();
    }

    private static String asRow(Figure figure) {
        String limit = "-";
        if (figure.limit().isPresent()) {
            String sign = figure.direction() == Figure.Direction.AT_MOST ? "<=" : ">=";
            limit = String.format(Locale.ROOT, "%s %.2f", sign, figure.limit().getAsDouble());
        }
        return String.format(
                Locale.ROOT,
                "%-34s %9.1f %-2s %9.1f %-2s %8.2f %9s %8d %s",
                figure.name(),
                figure.value(),
                figure.unit(),
                figure.floor(),
                figure.unit(),
                figure.ratio(),
                limit,
                figure.samples().size(),
                figure.pass() ? "" : "MISSED");
    }

    private static double rounded(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
