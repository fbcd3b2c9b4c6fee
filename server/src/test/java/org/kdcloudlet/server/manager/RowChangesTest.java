package org.kdcloudlet.server.manager;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.kdcloudlet.server.manager.page.RowChange;

class RowChangesTest {
    private record Row(String id, int shown, int hidden) {}

    private final RowChanges<Row> changes = new RowChanges<>(Row::id, Row::shown);

    @Test
    void addedChangedAndGoneRowsAreTold() {
        String first = changes.state(List.of(new Row("a", 1, 1), new Row("b", 1, 1), new Row("c", 1, 1)));
        List<Row> next = List.of(new Row("a", 1, 2), new Row("b", 2, 1), new Row("d", 1, 1));

        RowChange<Row> change = changes.since(first, next).orElseThrow();

        assertThat(change.added()).extracting(Row::id).containsExactly("d");
        assertThat(change.changed()).extracting(Row::id).containsExactly("b");
        assertThat(change.gone()).containsExactly("c");
        RowChange<Row> none = changes.since(change.state(), next).orElseThrow();
        assertThat(none).isEqualTo(new RowChange<>(change.state(), List.of(), List.of(), List.of()));
        RowChange<Row> late = changes.since(first, next).orElseThrow();
        assertThat(late).as("who is further behind is told the same").isEqualTo(change);
    }

    @Test
    void whatCameAndWentMeanwhileIsToldAsGone() {
        String first = changes.state(List.of(new Row("a", 1, 1)));
        changes.state(List.of(new Row("a", 1, 1), new Row("b", 1, 1)));
        RowChange<Row> change =
                changes.since(first, List.of(new Row("a", 1, 1))).orElseThrow();
        assertThat(change.gone()).containsExactly("b");
        assertThat(change.added()).isEmpty();
    }

    @Test
    void thePageNeedsAllWhenItsStateIsNotKnownOrATableBeginsOrEnds() {
        List<Row> one = List.of(new Row("a", 1, 1));
        String empty = changes.state(List.of());
        assertThat(changes.since(empty, one)).isEqualTo(Optional.empty());
        String state = changes.state(one);
        for (String wrong : List.of("", "x", "00000000-1", state + "9", state + "x", "9".repeat(40))) {
            assertThat(changes.since(wrong, one)).as(wrong).isEqualTo(Optional.empty());
        }
        assertThat(changes.since(state, List.of())).isEqualTo(Optional.empty());
        assertThat(changes.since(state, one))
                .as("the row is another one of the same id")
                .isEqualTo(Optional.empty());
    }

    private static List<Row> newestFirst(int newest, int oldest) {
        List<Row> rows = new ArrayList<>();
        for (int id = newest; id >= oldest; id--) {
            rows.add(new Row(Integer.toString(id), 1, 1));
        }
        return rows;
    }

    private static Predicate<Row> between(int least, int most) {
        return row -> Integer.parseInt(row.id()) >= least && Integer.parseInt(row.id()) <= most;
    }

    @Test
    void aPageOfTheFirstRowsGetsNewOnesAndLosesAsManyAtItsEnd() {
        String first = changes.state(newestFirst(9, 1));
        List<Row> next = newestFirst(11, 1);

        RowChange<Row> change =
                changes.since(first, next, next.subList(0, 4), between(6, 9)).orElseThrow();

        assertThat(change.added()).extracting(Row::id).containsExactly("11", "10");
        assertThat(change.gone()).containsExactly("7", "6");
        assertThat(change.changed()).isEmpty();
    }

    @Test
    void aPageFurtherOnStaysWhereItIsAndIsToldOfItsOwnRowsAlone() {
        String first = changes.state(newestFirst(9, 1));
        List<Row> next = newestFirst(11, 1);
        next.replaceAll(row -> List.of("9", "4", "1").contains(row.id()) ? new Row(row.id(), 2, 1) : row);
        List<Row> page = next.stream().filter(between(3, 5)).toList();

        RowChange<Row> change = changes.since(first, next, page, between(3, 5)).orElseThrow();

        assertThat(change.added()).isEmpty();
        assertThat(change.changed()).extracting(Row::id).containsExactly("4");
        assertThat(change.gone()).isEmpty();
    }

    @Test
    void rowsThatMoveUpIntoAPageAreAddedToIt() {
        String first = changes.state(newestFirst(9, 1));
        List<Row> next = newestFirst(9, 1);
        next.removeIf(row -> row.id().equals("8"));

        RowChange<Row> change =
                changes.since(first, next, next.subList(0, 4), between(6, 9)).orElseThrow();

        assertThat(change.added()).extracting(Row::id).containsExactly("5");
        assertThat(change.gone()).containsExactly("8");
    }

    @Test
    void aPageOfWhoseRowsNoneIsLeftNeedsAllOfIt() {
        String first = changes.state(newestFirst(9, 1));
        List<Row> next = newestFirst(19, 1);
        assertThat(changes.since(first, next, next.subList(0, 4), between(6, 9)))
                .isEqualTo(Optional.empty());
        assertThat(changes.since(first, next, List.of(), between(6, 9))).isEqualTo(Optional.empty());
    }

    @Test
    void aRowThatCameBackIsNotGone() {
        String first = changes.state(newestFirst(3, 1));
        changes.state(newestFirst(3, 2));
        RowChange<Row> change = changes.since(first, newestFirst(3, 1)).orElseThrow();
        assertThat(change.added()).extracting(Row::id).containsExactly("1");
        assertThat(change.gone()).isEmpty();
    }

    @Test
    void rowsThatWentAwayAreNotRememberedForEver() {
        List<Row> many = new ArrayList<>();
        for (int i = 0; i < 1100; i++) {
            many.add(new Row("row " + i, 1, 1));
        }
        String first = changes.state(many);
        assertThat(changes.since(first, many.subList(0, 1099)).orElseThrow().gone())
                .hasSize(1);
        for (int left = 1098; left > 50; left--) {
            changes.state(many.subList(0, left));
        }
        assertThat(changes.since(first, many.subList(0, 51))).isEqualTo(Optional.empty());
    }
}
