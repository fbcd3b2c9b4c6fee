package org.kdcloudlet.hypervisor.qemu.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import java.io.IOException;
import java.net.InetAddress;

/** The JSON mapper of this package. What it reads may come from a hostile guest, so nesting and numbers are limited. */
public final class Json {
    public static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(64)
                            .maxNumberLength(100)
                            .maxStringLength(1 << 20)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .addModule(new SimpleModule().addSerializer(InetAddress.class, new AddressLiteral()))
            .build();

    private Json() {}

    /** Writes an address as its literal, so that reading it never asks a name server. */
    private static final class AddressLiteral extends StdScalarSerializer<InetAddress> {
        private static final long serialVersionUID = 1L;

        AddressLiteral() {
            super(InetAddress.class);
        }

        @Override
        public void serialize(InetAddress value, JsonGenerator json, SerializerProvider provider) throws IOException {
            json.writeString(value.getHostAddress());
        }
    }

    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }
}
