package org.kdcloudlet.server.manager.console;

import java.nio.channels.ByteChannel;
import java.util.Optional;
import java.util.function.Supplier;
import org.kdcloudlet.server.account.Actor;
import org.kdcloudlet.server.account.Role;

/**
 * Who wants to see which machine.
 *
 * @param machine id of what it is the machine of, or of the machine
 * @param action what the audit log calls opening it
 * @param kind what of the machine
 * @param connection connects to the machine
 * @param works is run when somebody who may type opens it, and whenever he types, points or the like
 * @param standing asks for the role that this one has by now; empty when the session has ended or the token is good no more
 */
public record Visitor(
        String machine,
        String action,
        Kind kind,
        Supplier<ByteChannel> connection,
        Runnable works,
        Actor actor,
        Supplier<Optional<Role>> standing) {
    private static final Role TYPES = Role.OPERATOR;

    /** What there is of a machine to be connected to. */
    public enum Kind {
        /** Screen, keyboard and pointer, by RFB. */
        SCREEN {
            @Override
            ConsoleInput ofViewers() {
                return new LookOnly();
            }

            @Override
            ConsoleInput ofOthers(Runnable works) {
                return new NoticedInput(works);
            }
        },
        /** The serial port, byte by byte. */
        SERIAL {
            @Override
            ConsoleInput ofViewers() {
                return ConsoleInput.NOTHING;
            }

            @Override
            ConsoleInput ofOthers(Runnable works) {
                return received -> {
                    if (received.hasRemaining()) {
                        works.run();
                    }
                    return received;
                };
            }
        };

        abstract ConsoleInput ofViewers();

        abstract ConsoleInput ofOthers(Runnable works);
    }

    boolean types() {
        return types(actor.role());
    }

    /** Whether somebody of this role may type. */
    static boolean types(Role role) {
        return role.includes(TYPES);
    }

    ConsoleInput input() {
        return types() ? kind.ofOthers(works) : kind.ofViewers();
    }
}
