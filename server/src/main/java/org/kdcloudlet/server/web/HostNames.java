package org.kdcloudlet.server.web;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names by which requests may address this cloudlet in {@code Host}: IP addresses, {@code localhost}, its name, its name in
 * {@code .local}, and those that are configured. Any other is a sign of DNS rebinding: a web page whose name was made to lead here.
 */
public final class HostNames {
    private static final Pattern IP_LITERAL = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9a-fA-F:.%]+]");

    private final Set<String> own;

    /** @param configured names besides those that every cloudlet has */
    public HostNames(String cloudletName, Collection<String> configured) {
        Set<String> names = new HashSet<>(List.of("localhost", lower(cloudletName), lower(cloudletName) + ".local"));
        configured.forEach(name -> names.add(lower(name)));
        own = Set.copyOf(names);
    }

    /**
     * Whether a host is this cloudlet.
     *
     * @param host without a port; an IPv6 address in brackets
     */
    public boolean isOwn(String host) {
        if (IP_LITERAL.matcher(host).matches()) {
            return true;
        }
        String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        return own.contains(lower(name));
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
