package org.kdcloudlet.server.manager.page;

import java.util.Optional;
import java.util.function.UnaryOperator;
import org.kdcloudlet.server.account.Actor;
import org.kdcloudlet.server.account.Role;

/**
 * What every page has around its content.
 *
 * @param title of the page
 * @param place the part of the navigation that it belongs to, e.g. {@code services}
 * @param cloudlet the cloudlet's name
 * @param version of the program
 * @param actor who is logged in; empty on the pages before that
 * @param csrf what its forms have to send along
 * @param notice what was just done, in a sentence
 * @param live where it follows what happens from now on
 * @param file from the name of a file that pages load to its address
 */
public record Frame(
        String title,
        String place,
        String cloudlet,
        String version,
        Optional<Actor> actor,
        String csrf,
        Optional<String> notice,
        String live,
        UnaryOperator<String> file) {
    /** Whether who is logged in may do what needs this role: pages leave out what would be refused. */
    public boolean may(Role role) {
        return actor.map(known -> known.role().includes(role)).orElse(false);
    }

    public boolean operator() {
        return may(Role.OPERATOR);
    }

    public boolean administrator() {
        return may(Role.ADMINISTRATOR);
    }

    /** For {@code aria-current} of the navigation; null leaves the attribute out. */
    public String current(String candidate) {
        return candidate.equals(place) ? "page" : null;
    }
}
