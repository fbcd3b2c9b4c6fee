package org.kdcloudlet.client;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** What is derived from the key that a device got when it was paired (spec/credentials-and-pairing.md, type SKE). */
public final class Credentials {
    private Credentials() {}

    /**
     * The password of encrypted mode.
     *
     * @param deviceKey the device's private key
     * @return lower case hex SHA-256 of the key
     */
    public static String encryptionPassword(String deviceKey) {
        return hex(deviceKey);
    }

    /**
     * The password for the cloudlet's Wi-Fi (RADIUS).
     *
     * @param deviceKey the device's private key
     * @return lower case hex SHA-256 of the key's text reversed
     */
    public static String wifiPassword(String deviceKey) {
        return hex(new StringBuilder(deviceKey).reverse().toString());
    }

    private static String hex(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return Hex.of(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
