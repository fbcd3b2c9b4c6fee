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
import org.kdcloudlet.server.tls.ServerCertificate;

/** Makes connectors for TCP ports, with TLS (1.2 or newer) where there is a certificate. */
public final class TlsConnector {
    private TlsConnector() {}

    /** For {@link WebServer#create}. */
    public static BiFunction<Server, HttpConnectionFactory, Connector> of(
            InetAddress address, int port, Duration idleTimeout, Optional<ServerCertificate> certificate) {
        if (certificate.isEmpty()) {
            return WebServer.tcp(address, port, idleTimeout);
        }
        return (server, http) -> {
            http.getHttpConfiguration().addCustomizer(new SecureRequestCustomizer(false));
            return WebServer.connector(
                    server, address, port, idleTimeout, new ConnectionFactory[] {tls(certificate.get()), http});
        };
    }

    private static SslConnectionFactory tls(ServerCertificate certificate) {
        String password = UUID.randomUUID().toString();
        SslContextFactory.Server context = new SslContextFactory.Server();
        context.setKeyStore(certificate.keyStore(password));
        context.setKeyStorePassword(password);
        context.setSniRequired(false);
        return new SslConnectionFactory(context, HttpVersion.HTTP_1_1.asString());
    }
}
