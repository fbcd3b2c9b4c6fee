package org.kdcloudlet.server.manager;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.javalin.http.NotFoundResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.kdcloudlet.server.manager.page.Frame;

/**
 * Style sheets, scripts and pictures of the pages, from inside the program: a cloudlet has no internet. Each has its content's digest
 * in its address, so that browsers keep it for good.
 */
final class PageFiles {
    private static final String SCRIPT = "text/javascript; charset=utf-8";
    private static final String STYLE = "text/css; charset=utf-8";
    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("bootstrap.min.css", STYLE),
            Map.entry("uPlot.min.css", STYLE),
            Map.entry("manager.css", STYLE),
            Map.entry("htmx.min.js", SCRIPT),
            Map.entry("sse.js", SCRIPT),
            Map.entry("uPlot.iife.min.js", SCRIPT),
            Map.entry("theme.js", SCRIPT),
            Map.entry("live.js", SCRIPT),
            Map.entry("manager.js", SCRIPT),
            Map.entry("console.js", SCRIPT),
            Map.entry("charts.js", SCRIPT),
            Map.entry("upload.js", SCRIPT),
            Map.entry("icon.svg", "image/svg+xml"));
    /** Modules of noVNC, which load one another by their names: those have no digest. */
    private static final Pattern NOVNC = Pattern.compile("novnc/(core|vendor)(/[a-z0-9]+)+\\.js");

    private static final int DIGEST_CHARACTERS = 16;

    private final Map<String, PageFile> files = new ConcurrentHashMap<>();

    private record PageFile(String digest, byte[] plain, byte[] compressed) {}

    /** Where browsers find a file. */
    String address(String name) {
        return "/files/" + name + "?" + file(name).digest();
    }

    void get(Context context) {
        String name = context.pathParam("name");
        boolean module = NOVNC.matcher(name).matches();
        String type = module ? SCRIPT : TYPES.get(name);
        if (type == null || Frame.class.getResource("files/" + name) == null) {
            throw new NotFoundResponse();
        }
        PageFile file = file(name);
        String tag = '"' + file.digest() + '"';
        context.header("ETag", tag);
        if (tag.equals(context.header("If-None-Match"))) {
            context.status(HttpStatus.NOT_MODIFIED);
            return;
        }
        String accepted = context.header("Accept-Encoding");
        boolean compressed = accepted != null && accepted.contains("gzip");
        context.contentType(type);
        context.header("Vary", "Accept-Encoding");
        boolean current = file.digest().equals(context.queryString());
        context.header("Cache-Control", current ? "public, max-age=31536000, immutable" : "no-cache");
        if (compressed) {
            context.header("Content-Encoding", "gzip");
        }
        byte[] body = compressed ? file.compressed() : file.plain();
        context.header("Content-Length", Integer.toString(body.length));
        context.result(body);
    }

    private PageFile file(String name) {
        return files.computeIfAbsent(name, PageFiles::read);
    }

    private static PageFile read(String name) {
        try (InputStream in = Frame.class.getResourceAsStream("files/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its file " + name);
            }
            byte[] plain = in.readAllBytes();
            ByteArrayOutputStream compressed = new ByteArrayOutputStream();
            try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
                out.write(plain);
            }
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(plain);
            String shown = HexFormat.of().formatHex(digest).substring(0, DIGEST_CHARACTERS);
            return new PageFile(shown, plain, compressed.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
