package org.kdcloudlet.server.cli;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.kdcloudlet.server.error.ErrorCode;

/**
 * The port of a Manager on another host, with an API token. The token goes over TLS only, or over plain HTTP to this host itself, and
 * to nobody whose certificate is not trusted; redirects are not followed with it.
 */
final class NetworkLink implements ServerLink {
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");

    private final URI url;
    private final String token;
    private final Optional<ServerTrust> trust;

    private NetworkLink(URI url, String token, Optional<ServerTrust> trust) {
        this.url = url;
        this.token = token;
        this.trust = trust;
    }

    /**
     * @param address as {@code https://ridge.local:9998}
     * @throws CommandFailedException when it is none, or plain HTTP beyond this host
     */
    static NetworkLink to(String address, String token, ServerTrust trust) {
        URI url = parse(address);
        boolean secure = url.getScheme().equalsIgnoreCase("https");
        if (!secure && !LOOPBACK.matcher(url.getHost().toLowerCase(Locale.ROOT)).matches()) {
            throw usage("Plain http would show the token to everybody on the way; use https://" + url.getAuthority()
                    + ". Only this host itself is spoken to in plain http.");
        }
        if (!token.matches("[\\x21-\\x7e]{1,200}")) {
            throw usage("What was given as the token is none.");
        }
        return new NetworkLink(url, token, secure ? Optional.of(trust) : Optional.empty());
    }

    private static URI parse(String address) {
        try {
            URI url = URI.create(address.endsWith("/") ? address.substring(0, address.length() - 1) : address);
            String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
            boolean whole = (scheme.equals("https") || scheme.equals("http"))
                    && url.getHost() != null
                    && url.getRawUserInfo() == null
                    && url.getRawQuery() == null
                    && url.getRawFragment() == null;
            if (whole) {
                return url;
            }
        } catch (IllegalArgumentException notAnAddress) {
            throw usage("The address is not one; it looks like https://ridge.local:9998.");
        }
        throw usage(
                "The address of a Manager looks like https://ridge.local:9998, without a name, query or number sign.");
    }

    private static CommandFailedException usage(String message) {
        return new CommandFailedException(ExitStatus.USAGE, message);
    }

    @Override
    public HttpClient client() {
        ClientConnector connector = new ClientConnector();
        trust.map(NetworkLink::tls).ifPresent(connector::setSslContextFactory);
        HttpClient client = new LinkClient(
                connector,
                request -> request.headers(headers -> headers.put(HttpHeader.AUTHORIZATION, "Bearer " + token)));
        client.setFollowRedirects(false);
        client.setConnectTimeout(CONNECT.toMillis());
        client.setAddressResolutionTimeout(CONNECT.toMillis());
        return client;
    }

    private static SslContextFactory.Client tls(ServerTrust trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {trust}, null);
            SslContextFactory.Client factory = new SslContextFactory.Client();
            factory.setSslContext(context);
            return factory;
        } catch (GeneralSecurityException e) {
            throw new CommandFailedException(ExitStatus.FAILED, "TLS cannot be set up here: " + e.getMessage());
        }
    }

    @Override
    public String address() {
        return url.toString();
    }

    @Override
    public boolean isRemote() {
        return true;
    }

    @Override
    public CommandFailedException refused(int status, String code, String message) {
        if (code.isEmpty()) {
            return failed(url + " answers with status " + status
                    + " and not as a cloudlet does. Is it the address of a cloudlet's Manager?");
        }
        if (code.equals(ErrorCode.NOT_AUTHENTICATED.name())) {
            return failed(url + " does not take the token: it is not known there, or has expired. Make one there with"
                    + " './cloudlet token create NAME --role ROLE'.");
        }
        if (code.equals(ErrorCode.FORBIDDEN.name())) {
            return failed(url + " refused: " + message
                    + " './cloudlet token create NAME --role ROLE' makes a token of another role there.");
        }
        return failed(message);
    }

    @Override
    public CommandFailedException unreachable(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SSLException) {
                return trust.flatMap(known -> known.refusal(url))
                        .map(NetworkLink::failed)
                        .orElseGet(() -> failed(url + " does not speak TLS as it should (" + failure.getMessage()
                                + "). Is it the address of a cloudlet's Manager with manager.tls on?"));
            }
            if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
                return notThere("its name is not known here");
            }
            if (cause instanceof ConnectException || cause instanceof NoRouteToHostException) {
                return notThere(cause.getMessage());
            }
            if (cause instanceof SocketTimeoutException || cause instanceof TimeoutException) {
                return notThere("nobody answered in time");
            }
        }
        return failed("The connection to " + url + " broke off: " + WholeAnswer.whyNot(failure));
    }

    private CommandFailedException notThere(String why) {
        return new CommandFailedException(
                ExitStatus.NO_SERVER,
                "Cannot reach " + url + ": " + why
                        + ". Does a server run there, with a manager.address that other hosts reach?");
    }

    private static CommandFailedException failed(String message) {
        return new CommandFailedException(ExitStatus.FAILED, message);
    }
}
