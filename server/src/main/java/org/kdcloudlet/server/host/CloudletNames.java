package org.kdcloudlet.server.host;

import java.net.InetAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.jmdns.impl.NameRegister;

/**
 * What JmDNS calls us when our name is taken: {@code 2 ridge}, {@code 3 ridge}. Devices take the last word for the cloudlet's
 * name (spec/discovery.md), so the name stays last. JmDNS keeps one such object for the whole process.
 */
final class CloudletNames extends NameRegister.UniqueNamePerInterface {
    private static final Pattern NUMBERED = Pattern.compile("([0-9]{1,6}) (.+)");

    /** Has JmDNS name clashing services our way from now on; only the first call in a process does something. */
    static synchronized void install() {
        try {
            NameRegister.Factory.setRegistry(new CloudletNames());
        } catch (IllegalStateException e) {
            if (!(NameRegister.Factory.getRegistry() instanceof CloudletNames)) {
                throw e;
            }
        }
    }

    @Override
    public String incrementName(InetAddress networkInterface, String name, NameType type) {
        return type == NameType.SERVICE ? next(name) : super.incrementName(networkInterface, name, type);
    }

    static String next(String name) {
        Matcher matcher = NUMBERED.matcher(name);
        return matcher.matches() ? Integer.parseInt(matcher.group(1)) + 1 + " " + matcher.group(2) : "2 " + name;
    }
}
