package org.kdcloudlet.client;

import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kdcloudlet.client.http.Deadline;
import org.kdcloudlet.client.http.Exchange;
import org.kdcloudlet.client.http.MalformedReplyException;
import org.kdcloudlet.client.http.ReplyHead;

/** Downloads one app into a file beside the final one, and puts it in place when its content is what was announced. */
final class Download {
    /** In encrypted mode an app is in memory as a whole, several times. */
    private static final int LARGEST_ENCRYPTED = 64 * 1024 * 1024;

    private static final Pattern RANGE = Pattern.compile("bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\\*)");

    private final App app;
    private final File file;
    private final File part;
    private final long maximumBytes;

    Download(App app, File file, long maximumBytes) {
        this.app = app;
        this.file = file;
        this.maximumBytes = maximumBytes;
        part = new File(file.getPath() + ".part");
    }

    void run(Protocol protocol, Exchange exchange, Deadline deadline) throws IOException {
        Command command = Command.read("/apps/get").with("appId", app.id());
        if (protocol.isEncrypted()) {
            int limit = (int) Math.min(maximumBytes, LARGEST_ENCRYPTED);
            byte[] content = protocol.send(command, limit, exchange, deadline).body;
            try (FileOutputStream out = create(false)) {
                write(out, content, content.length);
            }
        } else {
            // Without a checksum nothing would tell that what is here belongs to another version.
            long from = app.md5().isPresent() ? part.length() : 0;
            boolean resumed = fetch(protocol, command, from, exchange, deadline);
            if (resumed && !isAsAnnounced()) {
                // What was there before belonged to another version: once more, from the beginning.
                fetch(protocol, command, 0, exchange, deadline);
            }
        }
        if (!isAsAnnounced()) {
            discard();
            throw new DownloadException(
                    "The app " + app.name() + " was damaged on its way, or is another than announced:"
                            + " its MD5 does not match. List the apps again before another try.",
                    null);
        }
        putInPlace();
    }

    /** Returns whether what was there before is part of the content now. */
    private boolean fetch(Protocol protocol, Command command, long from, Exchange exchange, Deadline deadline)
            throws IOException {
        Boolean resumed = protocol.stream(command, from, exchange, deadline, (head, body, connectNanos) -> {
            if (head.status() == 416 && from > 0) {
                return null;
            }
            boolean goesOn = head.status() == 206;
            if (head.status() == 416 || goesOn && !continues(head, from)) {
                throw new MalformedReplyException("it is another part than was asked for");
            }
            long already = goesOn ? from : 0;
            if (head.length() > maximumBytes - already) {
                throw new MalformedReplyException("the app is longer than " + maximumBytes + " bytes");
            }
            receive(body, goesOn);
            return goesOn;
        });
        // 416: there is nothing after what is here already. If that is not the content, begin anew.
        return resumed == null ? isAsAnnounced() || fetchAll(protocol, command, exchange, deadline) : resumed;
    }

    private boolean fetchAll(Protocol protocol, Command command, Exchange exchange, Deadline deadline)
            throws IOException {
        discard();
        return fetch(protocol, command, 0, exchange, deadline);
    }

    private static boolean continues(ReplyHead head, long from) {
        Optional<String> range = head.header("content-range");
        Matcher matcher = RANGE.matcher(range.orElse(""));
        return matcher.matches() && Long.parseLong(matcher.group(1)) == from;
    }

    private void receive(InputStream body, boolean append) throws IOException {
        byte[] buffer = new byte[64 * 1024];
        try (FileOutputStream out = create(append)) {
            for (int count = body.read(buffer); count > 0; count = body.read(buffer)) {
                write(out, buffer, count);
            }
        }
    }

    private FileOutputStream create(boolean append) {
        try {
            return new FileOutputStream(part, append);
        } catch (IOException e) {
            throw cannotStore(e);
        }
    }

    private void write(FileOutputStream out, byte[] bytes, int length) {
        try {
            out.write(bytes, 0, length);
        } catch (IOException e) {
            throw cannotStore(e);
        }
    }

    private boolean isAsAnnounced() throws IOException {
        return part.exists() && (!app.md5().isPresent() || app.md5().get().equals(md5(part)));
    }

    private static String md5(File content) throws IOException {
        try (InputStream in = new FileInputStream(content)) {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            byte[] buffer = new byte[64 * 1024];
            for (int count = in.read(buffer); count > 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
            return Hex.of(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }

    private void discard() {
        if (!part.delete() && part.exists()) {
            throw new DownloadException("The file " + part + " is in the way: remove it.", null);
        }
    }

    private void putInPlace() {
        if (!part.renameTo(file) && !(file.delete() && part.renameTo(file))) {
            throw new DownloadException("The download cannot be put in its place, " + file + ".", null);
        }
    }

    private static DownloadException cannotStore(IOException cause) {
        return new DownloadException("The download cannot be stored: " + cause.getMessage(), cause);
    }
}
