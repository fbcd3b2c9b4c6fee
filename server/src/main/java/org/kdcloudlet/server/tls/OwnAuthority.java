package org.kdcloudlet.server.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This cloudlet's own certificate authority, in the folder {@code tls} of the data directory: {@code ca.pem}, which administrators
 * give to their browsers, {@code server.pem}, and their keys. All is made when it is first needed; the server's certificate anew
 * whenever it is about to expire or lacks a name.
 */
public final class OwnAuthority {
    private static final Logger LOG = LoggerFactory.getLogger(OwnAuthority.class);
    private static final Duration AUTHORITY_LIFE = Duration.ofDays(3650);
    /** The most that browsers take is 398 days (CA/Browser Forum, Baseline Requirements 6.3.2). */
    private static final Duration SERVER_LIFE = Duration.ofDays(397);

    private static final Duration RENEWED_BEFORE_END = Duration.ofDays(60);
    private static final String PUBLIC = "rw-r--r--";
    private static final String SECRET = "rw-------";

    private final Path folder;
    private final Clock clock;

    /** @param folder made when it is first needed */
    public OwnAuthority(Path folder, Clock clock) {
        this.folder = folder;
        this.clock = clock;
    }

    /**
     * A certificate for a server with all these names and addresses.
     *
     * @throws CloudletException STORAGE_UNUSABLE
     */
    public ServerCertificate server(String cloudlet, Collection<String> names, Collection<InetAddress> addresses) {
        try {
            Files.createDirectories(folder);
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
            if (!Files.exists(folder.resolve("ca.pem"))) {
                makeAuthority(cloudlet);
            }
            X509Certificate authority =
                    PemFiles.certificates(folder.resolve("ca.pem")).get(0);
            Path file = folder.resolve("server.pem");
            if (!Files.exists(file) || !isGood(PemFiles.certificates(file).get(0), authority, names, addresses)) {
                issue(authority, names, addresses);
            }
            return ServerCertificate.of(file, folder.resolve("server.key"));
        } catch (IOException | GeneralSecurityException e) {
            throw new CloudletException(
                    ErrorCode.STORAGE_UNUSABLE, "Cannot keep certificates in " + folder + ": " + e.getMessage(), e);
        }
    }

    /** The key is on disk before the certificate, so that a certificate always has one. */
    private void makeAuthority(String cloudlet) throws IOException, GeneralSecurityException {
        KeyPair key = CertificateIssue.newKey();
        X509Certificate certificate =
                CertificateIssue.authority("KD-Cloudlet " + cloudlet, key, clock.instant(), AUTHORITY_LIFE);
        PemFiles.write(folder.resolve("ca.key"), SECRET, List.of(key.getPrivate()));
        PemFiles.write(folder.resolve("ca.pem"), PUBLIC, List.of(certificate));
        LOG.info("made a certificate authority: {}", folder.resolve("ca.pem"));
    }

    private void issue(X509Certificate authority, Collection<String> names, Collection<InetAddress> addresses)
            throws IOException, GeneralSecurityException {
        PrivateKey authorityKey = PemFiles.key(folder.resolve("ca.key"));
        KeyPair key = CertificateIssue.newKey();
        X509Certificate certificate = CertificateIssue.server(
                authority, authorityKey, key.getPublic(), names, addresses, clock.instant(), SERVER_LIFE);
        Files.deleteIfExists(folder.resolve("server.pem"));
        PemFiles.write(folder.resolve("server.key"), SECRET, List.of(key.getPrivate()));
        PemFiles.write(folder.resolve("server.pem"), PUBLIC, List.of(certificate, authority));
        LOG.info("issued a certificate for {} {}", names, addresses);
    }

    private boolean isGood(
            X509Certificate certificate,
            X509Certificate authority,
            Collection<String> names,
            Collection<InetAddress> addresses)
            throws CertificateParsingException {
        Instant soon = clock.instant().plus(RENEWED_BEFORE_END);
        Set<String> named = new HashSet<>();
        if (certificate.getSubjectAlternativeNames() != null) {
            certificate.getSubjectAlternativeNames().forEach(name -> named.add(String.valueOf(name.get(1))));
        }
        return certificate.getNotAfter().toInstant().isAfter(soon)
                && isSignedBy(certificate, authority)
                && named.containsAll(names)
                && named.containsAll(
                        addresses.stream().map(OwnAuthority::withoutInterface).toList());
    }

    /** By the key: another authority of this cloudlet has the same name. */
    private static boolean isSignedBy(X509Certificate certificate, X509Certificate authority) {
        try {
            certificate.verify(authority.getPublicKey());
            return true;
        } catch (GeneralSecurityException otherKey) {
            return false;
        }
    }

    /** The text of an address, which of an IPv6 address may have the name of an interface behind it. */
    private static String withoutInterface(InetAddress address) {
        String text = address.getHostAddress();
        int percent = text.indexOf('%');
        return percent < 0 ? text : text.substring(0, percent);
    }
}
