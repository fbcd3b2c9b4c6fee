package org.kdcloudlet.client;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.kdcloudlet.client.http.MalformedReplyException;

/** Reads JSON of strangers: strictly, one object, nested a few levels at most. */
final class Json {
    private static final int DEEPEST = 16;

    private Json() {}

    static Fields object(byte[] utf8) throws MalformedReplyException {
        try (JsonReader reader = new JsonReader(new StringReader(text(utf8)))) {
            reader.setStrictness(Strictness.STRICT);
            reader.setNestingLimit(DEEPEST);
            JsonElement element = JsonParser.parseReader(reader);
            if (reader.peek() != JsonToken.END_DOCUMENT || !element.isJsonObject()) {
                throw new MalformedReplyException("it is not one JSON object");
            }
            return new Fields(element.getAsJsonObject());
        } catch (MalformedReplyException e) {
            throw e;
        } catch (JsonParseException | IOException e) {
            // The messages of the parser repeat parts of the reply.
            throw new MalformedReplyException("it is not JSON");
        }
    }

    private static String text(byte[] utf8) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    }
}
