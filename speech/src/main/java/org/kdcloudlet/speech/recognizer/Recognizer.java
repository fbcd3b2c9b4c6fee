package org.kdcloudlet.speech.recognizer;

import java.io.IOException;
import java.util.List;

/** An engine with its models, loaded once. May be asked by many threads at once; works on a bounded number of recordings at a time. */
public interface Recognizer extends AutoCloseable {
    /** What is to be recognized, asked for once it is this recording's turn, so that those that wait need no memory. */
    interface Source {
        /** 16 kHz, mono, 16 bits, little-endian. */
        byte[] samples() throws IOException;
    }

    /**
     * Recognizes a recording.
     *
     * @param model the name of one of the engine's models
     * @return the words; empty when there are none
     * @throws RecognizerException when the engine fails or needs too long
     * @throws IOException from the source
     */
    List<String> recognize(String model, Source source) throws IOException;

    @Override
    void close();
}
