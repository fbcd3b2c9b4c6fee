package org.kdcloudlet.server.web;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.kdcloudlet.server.error.CloudletException;
import org.kdcloudlet.server.error.ErrorCode;
import org.kdcloudlet.server.tls.LiveCertificate;
import org.kdcloudlet.server.tls.ServerCertificate;

/** Makes connectors for TCP ports, with TLS (1.2 or newer) where there is a certificate. */
public final class TlsConnector {
    private TlsConnector() {}

    /** For {@link WebServer#create}. */
    public static BiFunction<Server, HttpConnectionFactory, Connector> of(
            InetAddress address, int port, Duration idleTimeout, Optional<LiveCertificate> certificate) {
        if (certificate.isEmpty()) {
            return WebServer.tcp(address, port, idleTimeout);
        }
        return (server, http) -> {
            http.getHttpConfiguration().addCustomizer(new SecureRequestCustomizer(false));
            return WebServer.connector(
                    server, address, port, idleTimeout, new ConnectionFactory[] {tls(certificate.get()), http});
        };
    }

    /** Connections that are there go on with the certificate that they began with. */
    private static SslConnectionFactory tls(LiveCertificate certificate) {
        SslContextFactory.Server context = new SslContextFactory.Server();
        context.setSniRequired(false);
        use(certificate.current(), context);
        certificate.onReplaced(replacing -> reload(context, replacing));
        return new SslConnectionFactory(context, HttpVersion.HTTP_1_1.asString());
    }

    private static void use(ServerCertificate certificate, SslContextFactory context) {
        String password = UUID.randomUUID().toString();
        context.setKeyStore(certificate.keyStore(password));
        context.setKeyStorePassword(password);
    }

    private static void reload(SslContextFactory.Server context, ServerCertificate certificate) {
        try {
            context.reload(reloading -> use(certificate, reloading));
        } catch (Exception e) {
            throw new CloudletException(
                    ErrorCode.STORAGE_UNUSABLE, "The certificate cannot be used: " + e.getMessage(), e);
        }
    }
}
