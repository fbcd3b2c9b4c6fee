package org.kdcloudlet.speech.audio;

/** A file is not a recording that can be recognized. The message is one sentence for who sent it. */
public final class AudioFormatException extends Exception {
    AudioFormatException(String message) {
        super(message);
    }
}
