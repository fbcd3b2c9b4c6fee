package org.kdcloudlet.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every command that speaks to a server has: where the server is, and how to print. */
abstract class AdminCommand implements Runnable {
    @Mixin
    private ServerOptions where;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    /** Does the command's work. */
    abstract void run(AdminClient server);

    @Override
    public final void run() {
        try (AdminClient server = new AdminClient(where.link())) {
            run(server);
        }
    }

    Console console() {
        return new Console(System.out);
    }

    boolean isJson() {
        return json;
    }

    /** Prints an answer as it is with {@code --json}, else by {@code forPeople}. */
    void print(JsonNode answer, Consumer<Console> forPeople) {
        if (json) {
            console().json(answer);
        } else {
            forPeople.accept(console());
        }
    }

    CommandSpec spec() {
        return spec;
    }

    /** One segment of a path, encoded. */
    static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
