package org.kdcloudlet.benchmark;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;

/** Somebody who is logged in to the Manager. */
final class PageSession {
    private static final String NAME = "ada";
    private static final String PASSWORD = "a good password";

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI manager;
    private final String cookie;

    private PageSession(URI manager, String cookie) {
        this.manager = manager;
        this.cookie = cookie;
    }

    /** Makes an account and logs in. */
    static PageSession begin(AdminSocket admin, int port) throws IOException {
        admin.post(
                "/v1/users",
                "{\"name\": \"" + NAME + "\", \"role\": \"administrator\", \"password\": \"" + PASSWORD + "\"}");
        URI manager = URI.create("http://127.0.0.1:" + port);
        HttpRequest form = HttpRequest.newBuilder(manager.resolve("/log-in"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("name=" + NAME + "&password=" + PASSWORD.replace(' ', '+')))
                .build();
        Optional<String> set = send(HttpClient.newHttpClient(), form).headers().firstValue("Set-Cookie");
        return new PageSession(
                manager,
                set.orElseThrow(() -> new IOException("the log-in was refused")).replaceFirst(";.*", ""));
    }

    URI manager() {
        return manager;
    }

    /** Name and value. */
    String cookie() {
        return cookie;
    }

    /** The time to a whole page, in ms. */
    double millis(String path) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(manager.resolve(path))
                .header("Cookie", cookie)
                .build();
        long began = System.nanoTime();
        int status = send(http, request).statusCode();
        double millis = (System.nanoTime() - began) / 1e6;
        if (status != 200) {
            throw new IOException(path + " answered " + status);
        }
        return millis;
    }

    private static HttpResponse<byte[]> send(HttpClient http, HttpRequest request) throws IOException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
