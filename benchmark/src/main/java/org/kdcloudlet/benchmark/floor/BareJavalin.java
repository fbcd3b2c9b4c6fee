package org.kdcloudlet.benchmark.floor;

import io.javalin.Javalin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The floor of HTTP and of start-up: a Javalin server whose handlers return bytes that are there already. Arguments: the
 * port, then pairs of a path and the file whose content it answers with. Says {@code listening} when it is.
 */
public final class BareJavalin {
    private BareJavalin() {}

    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(arguments[0]);
        List<String> pairs = List.of(arguments).subList(1, arguments.length);
        byte[] hello = "Hello World".getBytes(StandardCharsets.UTF_8);
        Javalin javalin = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.routes.get("/", context -> context.result(hello));
            for (int i = 0; i < pairs.size(); i += 2) {
                byte[] body = read(Path.of(pairs.get(i + 1)));
                config.routes.get(pairs.get(i), context -> context.contentType("application/json")
                        .result(body));
            }
        });
        javalin.start("127.0.0.1", port);
        System.out.println("listening");
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
