package org.kdcloudlet.server.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
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
     * @throws CloudletException STORAGE_UNUSABLE
     */
    public static ServerCertificate of(Path certificate, Path key) {
        return new ServerCertificate(PemFiles.certificates(certificate), PemFiles.key(key));
    }

    /** The certificate itself. */
    public X509Certificate certificate() {
        return chain.get(0);
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
