package org.kdcloudlet.server.cli;

import java.util.Optional;

/** Where the Manager of a server shows a screen and a keyboard, which a terminal cannot. */
final class ConsoleLink {
    private static final String NONE =
            "This cloudlet has no Manager, so there is no console; give it a port by --manager-port.";

    private ConsoleLink() {}

    /** The address of a page; empty when the server has no Manager. */
    static Optional<String> find(AdminClient server, String page) {
        String manager = server.get("/v1/status").path("manager").asText("");
        return manager.isEmpty() ? Optional.empty() : Optional.of(manager + page);
    }

    /** The address of a page, or what is to be done to have one. */
    static String shown(AdminClient server, String page) {
        return find(server, page).orElse(NONE);
    }

    /** @throws CommandFailedException when the server has no Manager */
    static String get(AdminClient server, String page) {
        return find(server, page).orElseThrow(() -> new CommandFailedException(ExitStatus.FAILED, NONE));
    }
}
