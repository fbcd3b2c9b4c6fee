package org.kdcloudlet.speech.recognizer;

import java.io.IOException;

/** An engine failed, or needed too long. The message is one sentence. */
public final class RecognizerException extends IOException {
    RecognizerException(String message) {
        super(message);
    }

    RecognizerException(String message, IOException cause) {
        super(message, cause);
    }
}
