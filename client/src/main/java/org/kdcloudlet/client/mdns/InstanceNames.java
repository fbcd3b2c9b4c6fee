package org.kdcloudlet.client.mdns;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.Name;
import org.xbill.DNS.TXTRecord;

/** What the names and texts of DNS-SD records say about cloudlets (spec/discovery.md). */
final class InstanceNames {
    static final Name SERVICE_TYPE = Name.fromConstantString("_cloudlet._tcp.local.");

    private static final Name LOCAL = Name.fromConstantString("local.");
    private static final String KEY = "encryption=";

    private InstanceNames() {}

    /**
     * The instance's name, when it is one of a cloudlet and can be shown: UTF-8 without control characters, whose last word is
     * not empty.
     */
    static Optional<String> instance(Name name) {
        if (name.labels() != SERVICE_TYPE.labels() + 1 || !name.subdomain(SERVICE_TYPE)) {
            return Optional.empty();
        }
        byte[] label = name.getLabel(0);
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(label, 1, label.length - 1))
                    .toString();
            return isShowable(text) ? Optional.of(text) : Optional.empty();
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    private static boolean isShowable(String text) {
        return !text.isEmpty() && !text.endsWith(" ") && text.codePoints().noneMatch(InstanceNames::isHidden);
    }

    /** Control and format characters, which would garble a terminal or turn text around. */
    private static boolean isHidden(int character) {
        int type = Character.getType(character);
        return type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR
                || type == Character.UNASSIGNED
                || type == Character.PRIVATE_USE;
    }

    /** Whether a service may be there: multicast DNS knows names below {@code local.} only. */
    static boolean isHost(Name target) {
        return target.labels() > LOCAL.labels() && target.subdomain(LOCAL);
    }

    /** What the first string says about encryption; empty when this is not the text of a cloudlet. */
    static Optional<Boolean> encryption(TXTRecord text) {
        List<byte[]> strings = text.getStringsAsByteArrays();
        if (strings.isEmpty()) {
            return Optional.empty();
        }
        String first = new String(strings.get(0), StandardCharsets.ISO_8859_1);
        if (!first.regionMatches(true, 0, KEY, 0, KEY.length())) {
            return Optional.empty();
        }
        switch (first.substring(KEY.length())) {
            case "enabled":
                return Optional.of(true);
            case "disabled":
                return Optional.of(false);
            default:
                return Optional.empty();
        }
    }
}
