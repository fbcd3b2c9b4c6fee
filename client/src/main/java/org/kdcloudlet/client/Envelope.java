package org.kdcloudlet.client;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.kdcloudlet.client.http.MalformedReplyException;
import org.xbill.DNS.utils.base64;

/**
 * The cipher of encrypted mode (spec/device-api.md): {@code base64(IV || AES-256-CBC/PKCS#7(plaintext))}, with the SHA-256 of
 * the password as key. Protects what is said from listeners; not from being changed. Android has no {@code java.util.Base64}
 * before API 26, which is why another one is used.
 */
final class Envelope {
    private static final String CIPHER = "AES/CBC/PKCS5Padding";
    private static final int BLOCK = 16;

    private final SecretKeySpec key;
    private final SecureRandom random = new SecureRandom();

    Envelope(String password) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(password.getBytes(StandardCharsets.UTF_8));
            key = new SecretKeySpec(digest, "AES");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    String seal(byte[] plaintext) {
        byte[] iv = new byte[BLOCK];
        random.nextBytes(iv);
        return seal(iv, plaintext);
    }

    String seal(byte[] iv, byte[] plaintext) {
        try {
            Cipher cipher = Cipher.getInstance(CIPHER);
            cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(iv));
            byte[] encrypted = cipher.doFinal(plaintext);
            byte[] all = Arrays.copyOf(iv, BLOCK + encrypted.length);
            System.arraycopy(encrypted, 0, all, BLOCK, encrypted.length);
            return base64.toString(all);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES in CBC mode", e);
        }
    }

    byte[] open(byte[] envelope) throws MalformedReplyException {
        byte[] all = base64.fromString(new String(envelope, StandardCharsets.ISO_8859_1));
        if (all == null || all.length < 2 * BLOCK || all.length % BLOCK != 0) {
            throw new MalformedReplyException("it is no envelope");
        }
        try {
            Cipher cipher = Cipher.getInstance(CIPHER);
            cipher.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(all, 0, BLOCK));
            return cipher.doFinal(all, BLOCK, all.length - BLOCK);
        } catch (GeneralSecurityException e) {
            throw new MalformedReplyException("it cannot be decrypted with the credential of this cloudlet");
        }
    }
}
