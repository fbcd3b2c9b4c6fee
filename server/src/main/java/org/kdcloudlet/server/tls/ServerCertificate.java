package org.kdcloudlet.server.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;

/** What a server proves itself with: its certificate, what leads from it to an authority, and its private key. */
public final class ServerCertificate {
    private final List<X509Certificate> chain;
    private final PrivateKey key;

    private ServerCertificate(List<X509Certificate> chain, PrivateKey key) {
        this.chain = List.copyOf(chain);
        this.key = key;
    }

    /**
     * Reads PEM files.
     *
     * @throws CloudletException STORAGE_UNUSABLE, also when the key is not that of the certificate
     */
    public static ServerCertificate of(Path certificate, Path key) {
        ServerCertificate read = new ServerCertificate(PemFiles.certificates(certificate), PemFiles.key(key));
        if (!read.keyFits()) {
            throw new CloudletException(
                    ErrorCode.STORAGE_UNUSABLE,
                    "The private key in " + key + " is not that of the certificate in " + certificate
                            + "; put the two of one issue there.");
        }
        return read;
    }

    /** By a signature, as a client would find out; keys of kinds that are not known here are left to it. */
    private boolean keyFits() {
        String algorithm =
                switch (key.getAlgorithm()) {
                    case "EC" -> "SHA256withECDSA";
                    case "RSA" -> "SHA256withRSA";
                    case "EdDSA", "Ed25519" -> "Ed25519";
                    default -> "";
                };
        if (algorithm.isEmpty()) {
            return true;
        }
        try {
            byte[] something = certificate().getSerialNumber().toByteArray();
            Signature signing = Signature.getInstance(algorithm);
            signing.initSign(key);
            signing.update(something);
            byte[] signed = signing.sign();
            Signature checking = Signature.getInstance(algorithm);
            checking.initVerify(certificate().getPublicKey());
            checking.update(something);
            return checking.verify(signed);
        } catch (GeneralSecurityException otherKind) {
            return false;
        }
    }

    /** The certificate itself. */
    public X509Certificate certificate() {
        return chain.get(0);
    }

    /** By what clients know the server for long: the last of what it sends, which is the authority where that is sent along. */
    public X509Certificate authority() {
        return chain.get(chain.size() - 1);
    }

    /** A key store in memory, as Java's TLS wants it. */
    public KeyStore keyStore(String password) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("server", key, password.toCharArray(), chain.toArray(Certificate[]::new));
            return store;
        } catch (GeneralSecurityException | IOException e) {
            throw new CloudletException(
                    ErrorCode.STORAGE_UNUSABLE, "Certificate and private key do not go together: " + e.getMessage(), e);
        }
    }
}
