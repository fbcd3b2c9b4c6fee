package org.kdcloudlet.server.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.kdcloudlet.server.error.FileProblem;
import org.kdcloudlet.server.tls.CertificateText;

/**
 * Which servers are trusted: those with a certificate of an authority that this host trusts, of the authorities in a file, or of the
 * one with a given fingerprint. Whatever is trusted, its certificate has to be valid, and for the name by which it was asked for
 * (RFC 9110, section 4.3.4). Remembers what it refused, so that the operator can be told what to do.
 */
final class ServerTrust extends X509ExtendedTrustManager {
    /** The authorities that Debian trusts; whatever Java runs this brings along others. */
    private static final Path OF_THE_HOST = Path.of("/etc/ssl/certs/ca-certificates.crt");

    private static final int FINGERPRINT_DIGITS = 64;

    private final Optional<X509ExtendedTrustManager> authorities;
    private final Optional<String> fingerprint;
    private final AtomicReference<Optional<Refusal>> refusal = new AtomicReference<>(Optional.empty());

    private record Refusal(List<X509Certificate> chain, CertificateException reason) {}

    private ServerTrust(Optional<X509ExtendedTrustManager> authorities, Optional<String> fingerprint) {
        this.authorities = authorities;
        this.fingerprint = fingerprint;
    }

    /** Trusts the authorities that this host trusts. */
    static ServerTrust ofTheHost() {
        return Files.isReadable(OF_THE_HOST)
                ? of(OF_THE_HOST)
                : new ServerTrust(Optional.of(manager(Optional.empty())), Optional.empty());
    }

    private static CommandFailedException unreadable(Path file, String why) {
        return new CommandFailedException(ExitStatus.FAILED, "Cannot read a certificate from " + file + ": " + why);
    }

    /** Trusts the authorities of a file (PEM or DER), and no others. */
    static ServerTrust of(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends Certificate> found =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (found.isEmpty()) {
                throw new CertificateException("there is none in it");
            }
            return new ServerTrust(Optional.of(manager(Optional.of(found))), Optional.empty());
        } catch (IOException e) {
            throw unreadable(file, FileProblem.words(e));
        } catch (CertificateException e) {
            throw unreadable(file, e.getMessage());
        }
    }

    /** Trusts the certificate, or the authority that a server sends along, whose SHA-256 this is: hexadecimal, with or without colons. */
    static ServerTrust ofFingerprint(String text) {
        String digits =
                text.toLowerCase(Locale.ROOT).replaceFirst("^sha-?256[:=]", "").replace(":", "");
        if (digits.length() != FINGERPRINT_DIGITS || !digits.matches("[0-9a-f]+")) {
            throw new CommandFailedException(
                    ExitStatus.USAGE,
                    "A fingerprint is the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons.");
        }
        return new ServerTrust(Optional.empty(), Optional.of(digits));
    }

    private static X509ExtendedTrustManager manager(Optional<Collection<? extends Certificate>> trusted) {
        try {
            KeyStore store = null;
            if (trusted.isPresent()) {
                store = KeyStore.getInstance(KeyStore.getDefaultType());
                store.load(null, null);
                int number = 0;
                for (Certificate certificate : trusted.get()) {
                    store.setCertificateEntry("authority" + number++, certificate);
                }
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager found) {
                    return found;
                }
            }
        } catch (GeneralSecurityException | IOException e) {
            throw new CommandFailedException(ExitStatus.FAILED, "TLS cannot be set up here: " + e.getMessage());
        }
        throw new CommandFailedException(ExitStatus.FAILED, "This Java checks no certificates.");
    }

    /** What to tell the operator of the certificate that was refused, if one was. */
    Optional<String> refusal(URI url) {
        return refusal.get().map(refused -> explain(url, refused));
    }

    private String explain(URI url, Refusal refused) {
        X509Certificate last = refused.chain().get(refused.chain().size() - 1);
        for (Throwable cause = refused.reason(); cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateExpiredException) {
                return "The certificate of " + url + " has expired, or the clock of this host is wrong.";
            }
            String message = String.valueOf(cause.getMessage());
            if (message.startsWith("No subject alternative") || message.startsWith("No name matching")) {
                return "The certificate of " + url + " is trusted, but is for other names than " + url.getHost()
                        + "; add it to manager.host-names there, or use one of those names.";
            }
        }
        return "The certificate of " + url + " is not trusted"
                + (fingerprint.isPresent() ? ": it has another fingerprint" : "")
                + ". Its authority has the SHA-256 fingerprint " + CertificateText.fingerprint(last)
                + "; if './cloudlet admin certificate' on that host shows the same, give it here by --fingerprint, or save the"
                + " certificate and give it by --ca.";
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        try {
            trustFor(chain).checkServerTrusted(chain, type, engine);
        } catch (CertificateException e) {
            throw remember(chain, e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        try {
            trustFor(chain).checkServerTrusted(chain, type, socket);
        } catch (CertificateException e) {
            throw remember(chain, e);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw new CertificateException("a certificate is checked with the connection that it is for");
    }

    private CertificateException remember(X509Certificate[] chain, CertificateException reason) {
        refusal.set(Optional.of(new Refusal(List.of(chain), reason)));
        return reason;
    }

    private X509ExtendedTrustManager trustFor(X509Certificate[] chain) throws CertificateException {
        if (authorities.isPresent()) {
            return authorities.get();
        }
        for (X509Certificate certificate : chain) {
            if (isPinned(certificate)) {
                return manager(Optional.of(List.of(certificate)));
            }
        }
        throw new CertificateException("no certificate of the server has the fingerprint that is asked for");
    }

    private boolean isPinned(X509Certificate certificate) {
        return fingerprint
                .filter(wanted -> wanted.equals(CertificateText.fingerprint(certificate)
                        .replace(":", "")
                        .toLowerCase(Locale.ROOT)))
                .isPresent();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        throw new CertificateException("this is a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        checkClientTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        checkClientTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return authorities.map(X509ExtendedTrustManager::getAcceptedIssuers).orElseGet(() -> new X509Certificate[0]);
    }
}
