package org.kdcloudlet.speech.service;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Answers as they go over the wire: a length of 4 bytes, big-endian, and a text, in one buffer. Source: spec/speech.md. */
final class Replies {
    private Replies() {}

    /**
     * What was recognized.
     *
     * @param fileMillis how long it took to take the file in, in ms
     * @param processingMillis how long it took to recognize it, in ms
     */
    static ByteBuffer recognized(List<String> words, long fileMillis, long processingMillis) {
        StringBuilder text = new StringBuilder("Speech output: ");
        words.forEach(word -> text.append(word).append(' '));
        text.append(" [file_create: ").append(fileMillis).append("ms , processing: ");
        return frame(text.append(processingMillis).append(" ms.]").toString());
    }

    /** Why nothing was recognized, one sentence. */
    static ByteBuffer refused(String reason) {
        return frame("Speech error: " + reason);
    }

    private static ByteBuffer frame(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(4 + bytes.length)
                .putInt(bytes.length)
                .put(bytes)
                .flip();
    }
}
