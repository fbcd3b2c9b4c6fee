package org.kdcloudlet.server.tls;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.error.FileProblem;

/** Certificates and private keys in PEM files (RFC 7468). */
final class PemFiles {
    private static final long LONGEST = 1024 * 1024;

    private PemFiles() {}

    /**
     * All certificates of a file, in its order.
     *
     * @throws CloudletException STORAGE_UNUSABLE when there is none
     */
    static List<X509Certificate> certificates(Path file) {
        List<X509Certificate> found = new ArrayList<>();
        try {
            for (Object part : read(file)) {
                if (part instanceof X509CertificateHolder holder) {
                    found.add(new JcaX509CertificateConverter().getCertificate(holder));
                }
            }
        } catch (IOException | CertificateException e) {
            throw unusable(file, "a certificate", e);
        }
        if (found.isEmpty()) {
            throw unusable(file, "a certificate", new IOException("there is none in it"));
        }
        return found;
    }

    /**
     * The private key of a file, without a pass phrase (PKCS #8, or as OpenSSL wrote them before).
     *
     * @throws CloudletException STORAGE_UNUSABLE when there is none
     */
    static PrivateKey key(Path file) {
        try {
            JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
            // Java's own providers know the keys by this name, BouncyCastle's by another.
            converter.setAlgorithmMapping(X9ObjectIdentifiers.id_ecPublicKey, "EC");
            for (Object part : read(file)) {
                if (part instanceof PEMKeyPair pair) {
                    return converter.getPrivateKey(pair.getPrivateKeyInfo());
                }
                if (part instanceof PrivateKeyInfo info) {
                    return converter.getPrivateKey(info);
                }
            }
        } catch (IOException e) {
            throw unusable(file, "a private key without a pass phrase", e);
        }
        throw unusable(file, "a private key without a pass phrase", new IOException("there is none in it"));
    }

    private static List<Object> read(Path file) throws IOException {
        if (Files.size(file) > LONGEST) {
            throw new IOException("it is too long");
        }
        List<Object> parts = new ArrayList<>();
        try (Reader reader = Files.newBufferedReader(file);
                PEMParser parser = new PEMParser(reader)) {
            for (Object part = parser.readObject(); part != null; part = parser.readObject()) {
                parts.add(part);
            }
        }
        return parts;
    }

    /** Writes a whole file or nothing, in place of an earlier one. */
    static void write(Path file, String rights, List<?> parts) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            for (Object part : parts) {
                writer.writeObject(part instanceof PrivateKey key ? new JcaPKCS8Generator(key, null) : part);
            }
        }
        Path unready = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(unready);
        Files.createFile(unready, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(rights)));
        Files.writeString(unready, text.toString());
        Files.move(unready, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static CloudletException unusable(Path file, String what, Exception cause) {
        return new CloudletException(
                ErrorCode.STORAGE_UNUSABLE,
                "The file " + file + " must hold " + what + " in PEM: "
                        + (cause instanceof IOException io ? FileProblem.words(io) : cause.getMessage()) + ".",
                cause);
    }
}
