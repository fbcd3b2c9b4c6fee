package org.kdcloudlet.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReverterTest {
    private final List<String> undone = new ArrayList<>();

    @Test
    void undoesTheStepsInReverseOrder() {
        try (Reverter undo = new Reverter()) {
            undo.add("first", () -> undone.add("first"));
            undo.add("second", () -> undone.add("second"));
        }
        assertThat(undone).containsExactly("second", "first");
    }

    @Test
    void keepsWhatWasCommitted() {
        try (Reverter undo = new Reverter()) {
            undo.add("first", () -> undone.add("first"));
            undo.commit();
        }
        assertThat(undone).isEmpty();
    }

    @Test
    void goesOnAfterAnUndoThatFails() {
        try (Reverter undo = new Reverter()) {
            undo.add("first", () -> undone.add("first"));
            undo.add("second", () -> {
                throw new IOException("planned by the test");
            });
        }
        assertThat(undone).containsExactly("first");
    }

    @Test
    void undoesInAnInterruptedThreadAndKeepsTheInterrupt() {
        try (Reverter undo = new Reverter()) {
            undo.add("first", () -> {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                undone.add("first");
            });
            Thread.currentThread().interrupt();
        }
        assertThat(undone).containsExactly("first");
        assertThat(Thread.interrupted()).isTrue();
    }
}
