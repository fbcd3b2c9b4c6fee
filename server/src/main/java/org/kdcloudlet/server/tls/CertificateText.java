package org.kdcloudlet.server.tls;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HexFormat;

/** Certificates as people and programs are shown them. */
public final class CertificateText {
    private static final int COLUMNS = 64;

    private CertificateText() {}

    /** The SHA-256 of a certificate, as people compare it: pairs of hexadecimal digits with colons between. */
    public static String fingerprint(X509Certificate certificate) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
            return HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256, and what was read can be written", e);
        }
    }

    /** A certificate in PEM (RFC 7468). */
    public static String pem(X509Certificate certificate) {
        try {
            byte[] lineEnd = "\n".getBytes(StandardCharsets.US_ASCII);
            String body = Base64.getMimeEncoder(COLUMNS, lineEnd).encodeToString(certificate.getEncoded());
            return "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("what was read can be written", e);
        }
    }
}
