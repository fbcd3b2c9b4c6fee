package org.kdcloudlet.client;

import java.io.UnsupportedEncodingException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads and writes addresses of cloudlets as people type them and as QR codes hold them. */
final class CloudletAddress {
    static final String SCHEME = "cloudlet";

    private static final int LONGEST = 512;
    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,252})");
    private static final Pattern NAME = Pattern.compile("[^\\p{Cntrl}/\\\\]{1,63}");

    private CloudletAddress() {}

    static Cloudlet parse(String text) {
        String trimmed = text.trim();
        if (trimmed.isEmpty() || trimmed.length() > LONGEST) {
            throw new CloudletAddressException(
                    "An address of a cloudlet has 1 to " + LONGEST + " characters, e.g. 192.0.2.1:9999.");
        }
        boolean withScheme = trimmed.contains("://");
        // Several colons and no bracket: an IPv6 address that was typed without them.
        boolean bare = !withScheme && !trimmed.startsWith("[") && trimmed.indexOf(':') != trimmed.lastIndexOf(':');
        URI uri = uri(withScheme ? trimmed : SCHEME + "://" + (bare ? "[" + trimmed + "]" : trimmed));
        if (!SCHEME.equalsIgnoreCase(uri.getScheme())
                || uri.isOpaque()
                || uri.getRawUserInfo() != null
                || !(uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"))) {
            throw wrong();
        }
        return cloudlet(uri, parameters(uri.getRawQuery()));
    }

    private static Cloudlet cloudlet(URI uri, Map<String, String> parameters) {
        HostAndPort place = HostAndPort.of(uri);
        String name = parameters.getOrDefault("name", place.host);
        if (!NAME.matcher(name).matches() || name.endsWith(" ") || name.startsWith(".")) {
            throw new CloudletAddressException("The name of a cloudlet has 1 to 63 characters, and no slash.");
        }
        Instant now = Instant.now();
        return new Cloudlet(
                name, place.host, literal(place.host), place.port, encryption(parameters.get("encryption")), now, now);
    }

    private static boolean encryption(String value) {
        if (value == null || value.equals("disabled")) {
            return false;
        }
        if (value.equals("enabled")) {
            return true;
        }
        throw new CloudletAddressException("The parameter encryption is enabled or disabled.");
    }

    static URI toUri(Cloudlet cloudlet) {
        return URI.create(SCHEME + "://" + hostAndPort(withoutScope(cloudlet.host()), cloudlet.port()) + "?name="
                + encode(cloudlet.name()) + "&encryption=" + (cloudlet.isEncrypted() ? "enabled" : "disabled"));
    }

    /** As it stands in a URL: an IPv6 address in brackets. */
    static String hostAndPort(String host, int port) {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    private static String withoutScope(String host) {
        int scope = host.indexOf('%');
        return scope < 0 ? host : host.substring(0, scope);
    }

    /** The address that the text is, without looking a name up; none when it is a name. */
    static List<InetAddress> literal(String host) {
        if (host.indexOf(':') < 0 && !IPV4.matcher(host).matches()) {
            return Collections.emptyList();
        }
        try {
            return Collections.singletonList(InetAddress.getByName(host));
        } catch (UnknownHostException e) {
            throw wrong();
        }
    }

    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw wrong();
        }
    }

    private static Map<String, String> parameters(String query) {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (query == null) {
            return parameters;
        }
        for (String pair : query.split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                parameters.put(pair.substring(0, equals), decode(pair.substring(equals + 1)));
            }
        }
        return parameters;
    }

    private static String decode(String value) {
        try {
            return URLDecoder.decode(value, "UTF-8");
        } catch (UnsupportedEncodingException | IllegalArgumentException e) {
            throw wrong();
        }
    }

    static String encode(String value) {
        try {
            return URLEncoder.encode(value, "UTF-8").replace("+", "%20");
        } catch (UnsupportedEncodingException e) {
            throw new IllegalStateException("every Java has UTF-8", e);
        }
    }

    private static CloudletAddressException wrong() {
        return new CloudletAddressException(
                "This is no address of a cloudlet; one looks like 192.0.2.1:9999, [2001:db8::1]:9999, ridge.local, or"
                        + " cloudlet://192.0.2.1:9999?name=ridge&encryption=disabled.");
    }

    private static final class HostAndPort {
        private final String host;
        private final int port;

        private HostAndPort(String host, int port) {
            this.host = host;
            this.port = port;
        }

        /** Reads the authority itself, since {@link URI#getHost()} knows no underscores and some names have them. */
        static HostAndPort of(URI uri) {
            String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
            int bracket = authority.lastIndexOf(']');
            int colon = authority.indexOf(':', Math.max(bracket, 0));
            String host = colon < 0 ? authority : authority.substring(0, colon);
            int port = colon < 0 ? Cloudlet.DEFAULT_PORT : port(authority.substring(colon + 1));
            boolean address = host.startsWith("[") && host.endsWith("]");
            if (address) {
                host = host.substring(1, host.length() - 1);
            } else if (!HOST_NAME.matcher(host).matches()) {
                throw wrong();
            }
            return new HostAndPort(host, port);
        }

        private static int port(String text) {
            if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > 65535) {
                throw new CloudletAddressException("A port is a number from 1 to 65535.");
            }
            return Integer.parseInt(text);
        }
    }
}
