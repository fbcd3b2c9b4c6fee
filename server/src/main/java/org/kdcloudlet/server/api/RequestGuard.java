package org.kdcloudlet.server.api;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collection;
import java.util.Optional;
import java.util.regex.Pattern;
import org.kdcloudlet.server.web.HostNames;

/**
 * Keeps web pages in somebody's browser from using this cloudlet: a request must address it by a name that is its own (against
 * DNS rebinding), must not come from another site, and must not be a browser's when it starts or stops something. Browsers do
 * not tell the site on every request, so for those the browser itself is what is recognized.
 */
final class RequestGuard {
    private static final Pattern BROWSER = Pattern.compile("Mozilla/.*", Pattern.DOTALL);

    private final HostNames names;

    RequestGuard(String cloudletName, Collection<String> configuredNames) {
        names = new HostNames(cloudletName, configuredNames);
    }

    /**
     * Why a request is refused, or empty when it is not.
     *
     * @param changesState whether it starts or stops something
     */
    Optional<String> refusal(HttpServletRequest request, boolean changesState) {
        if (!names.isOwn(request.getServerName())) {
            return Optional.of("The Host header does not name this cloudlet");
        }
        if (isCrossSite(request)) {
            return Optional.of("Requests from other web sites are refused");
        }
        if (changesState && isBrowser(request)) {
            return Optional.of("Browsers may not start or stop services");
        }
        return Optional.empty();
    }

    private static boolean isCrossSite(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            return true;
        }
        String origin = request.getHeader("Origin");
        return origin != null && !origin.equalsIgnoreCase("http://" + request.getHeader("Host"));
    }

    /** A page can neither hide the browser's name nor, without our consent, add a device id. */
    private static boolean isBrowser(HttpServletRequest request) {
        String agent = request.getHeader("User-Agent");
        return agent != null && BROWSER.matcher(agent).matches() && request.getHeader(DeviceRequest.DEVICE_ID) == null;
    }
}
