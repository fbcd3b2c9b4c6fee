package org.kdcloudlet.server.account;

import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.kdcloudlet.server.web.ClientNetwork;

/**
 * Whoever asks for something.
 *
 * @param name of the administrator; of the user of the host for the Unix socket
 * @param role what this one may do
 * @param via the way in
 * @param address where from: an IP address, or {@code local} for the Unix socket
 * @param session the id of the session, when it came by one
 * @param account the administrator who asks, or whose token does; empty for a user of the host and the tokens that such a one made
 */
public record Actor(
        String name, Role role, Via via, String address, Optional<String> session, Optional<String> account) {
    /** The ways in. */
    public enum Via {
        /** The Unix socket, which only the server's user and group may open. */
        SOCKET,
        /** A browser that is logged in. */
        SESSION,
        /** A program with an API token. */
        TOKEN,
        /** Somebody who is not known yet: at the log-in and set-up pages. */
        NONE
    }

    public Actor {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(via, "via");
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(session, "session");
        Objects.requireNonNull(account, "account");
    }

    /** A user of the host, who opened the Unix socket. */
    public static Actor local(String user) {
        return new Actor(user, Role.ADMINISTRATOR, Via.SOCKET, "local", Optional.empty(), Optional.empty());
    }

    /** Somebody who may do nothing but log in. */
    public static Actor unknown(String address) {
        return new Actor("", Role.VIEWER, Via.NONE, address, Optional.empty(), Optional.empty());
    }

    /** Tells actors apart: an administrator and a token of the same name are not the same. Strangers are told apart by their network. */
    public String identity() {
        if (via == Via.NONE) {
            return "none:" + ClientNetwork.of(address);
        }
        return via.name().toLowerCase(Locale.ROOT) + ":" + name;
    }
}
