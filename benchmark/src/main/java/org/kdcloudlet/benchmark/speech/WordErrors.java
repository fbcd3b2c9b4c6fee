package org.kdcloudlet.benchmark.speech;

import java.util.List;

/**
 * Word errors: the fewest words that have to be replaced, inserted and deleted to make of what was recognized what was said.
 *
 * @param errors how many
 * @param words how many were said
 */
public record WordErrors(int errors, int words) {
    /** Compares two texts, word by word. */
    public static WordErrors of(List<String> said, List<String> recognized) {
        int[] costs = new int[recognized.size() + 1];
        for (int j = 0; j < costs.length; j++) {
            costs[j] = j;
        }
        for (int i = 1; i <= said.size(); i++) {
            int diagonal = costs[0];
            costs[0] = i;
            for (int j = 1; j < costs.length; j++) {
                int replaced = diagonal + (said.get(i - 1).equals(recognized.get(j - 1)) ? 0 : 1);
                diagonal = costs[j];
                costs[j] = Math.min(replaced, 1 + Math.min(costs[j], costs[j - 1]));
            }
        }
        return new WordErrors(costs[recognized.size()], said.size());
    }

    /** Both together. */
    public WordErrors plus(WordErrors other) {
        return new WordErrors(errors + other.errors, words + other.words);
    }

    /** In per cent; more than 100 when more was recognized than said. */
    public double percent() {
        return 100.0 * errors / words;
    }
}
